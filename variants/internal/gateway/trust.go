package gateway

import (
	"crypto/x509"
	"fmt"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// newTrustStore parses the authorities of the public web, some 140, and adds the given ones. The container has no
// certificates of its own, so the bundle comes with the program, as certifi's does with httpx; and as there, reading it is
// most of what a new client costs.
func newTrustStore(more []*x509.Certificate) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	for root := range bundle.Roots() {
		certificate, err := x509.ParseCertificate(root.Certificate)
		if err != nil {
			return nil, fmt.Errorf("parse the bundled authorities: %w", err)
		}
		if root.Constraint == nil {
			pool.AddCert(certificate)
			continue
		}
		pool.AddCertWithConstraint(certificate, root.Constraint)
	}
	for _, certificate := range more {
		pool.AddCert(certificate)
	}
	return pool, nil
}
