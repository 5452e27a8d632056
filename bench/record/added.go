package record

// Added is what was to be added to an injected arm, one of the two.
type Added struct {
	Bytes   uint64  `json:"bytes,omitempty"`   // of memory, held by a process beside the variant's
	Seconds float64 `json:"seconds,omitempty"` // of delay of each answer
}
