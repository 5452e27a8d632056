package generator

// Digest returns the digest of a whole response.
func Digest(status int, body string) uint64 {
	d := newDigest(status)
	_, _ = d.WriteString(body)
	return d.Sum64()
}
