package view

import "testing"

func TestPValue(t *testing.T) {
	for p, want := range map[float64]string{0.03125: "= 0.031", 1: "= 1.000", 0.0006: "= 0.001", 0.0001: "< 0.001", 0: "< 0.001"} {
		if got := pvalue(p); got != want {
			t.Errorf("p of %v reads %q, want %q", p, got, want)
		}
	}
}
