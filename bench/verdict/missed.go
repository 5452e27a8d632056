package verdict

// Missed says on which side of its range a claim with two ends was missed, and whether
// that is less or more than it promised; empty for any other claim. A claim with one end
// can be missed on one side only.
func (v *ClaimVerdict) Missed() string {
	if v.AtLeast == nil || v.AtMost == nil || v.Low == nil || v.Outcome != Refuted && v.Outcome != NotAsSet {
		return ""
	}
	below, above := *v.Low < *v.AtLeast, *v.High > *v.AtMost
	switch less, more := v.promised(); {
	case below && above: // of a count: in different trials
		return "below the claimed range in some trials, above it in others"
	case below:
		return "below the claimed range: " + less
	case above:
		return "above the claimed range: " + more
	}
	return "" // the trials decided, and not the interval
}

// promised returns how a figure below the range and one above it compare with what was
// promised. A difference whose range lies below 0 promises a decrease, and a figure above
// the range is less of it.
func (v *ClaimVerdict) promised() (below, above string) {
	kind := v.Comparison.Facts()
	switch signed := kind.Baseline && kind.Own == nil; {
	case signed && *v.AtMost <= 0:
		return "a larger decrease than promised", "a smaller decrease than promised"
	case signed && *v.AtLeast < 0:
		return "lower than promised", "higher than promised"
	}
	return "less than promised", "more than promised"
}
