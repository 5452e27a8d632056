package gateway

import (
	"crypto/sha256"
	_ "embed"
)

// Schema creates the gateway's tables in an empty database.
//
//go:embed schema.sql
var Schema string

// KeyDigest is what the database keeps of an API key. Keys are random and long, so a plain SHA-256 can't be searched.
func KeyDigest(key string) []byte {
	sum := sha256.Sum256([]byte(key))
	return sum[:]
}
