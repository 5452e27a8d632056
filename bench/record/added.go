package record

// Added is the amount that an injected arm gets from outside: memory or delay, one of
// the two.
type Added struct {
	Bytes   uint64  `json:"bytes,omitempty"`   // of memory, held by a process next to the variant's
	Seconds float64 `json:"seconds,omitempty"` // of delay in each answer
}
