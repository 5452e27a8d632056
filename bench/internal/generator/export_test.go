package generator

// Digest is that of a whole answer.
func Digest(status int, body string) uint64 {
	d := newDigest(status)
	_, _ = d.WriteString(body)
	return d.Sum64()
}
