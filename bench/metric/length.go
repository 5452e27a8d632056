package metric

import (
	"fmt"
	"time"
)

// ShowLength prints a length of time as exactly as planning needs it: 42 s, 18 min,
// 3 h 20 min, 2.5 days.
func ShowLength(d time.Duration) string {
	switch minutes := int(d.Round(time.Minute).Minutes()); {
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case minutes < 120:
		return fmt.Sprintf("%d min", minutes)
	case minutes < 48*60:
		return fmt.Sprintf("%d h %d min", minutes/60, minutes%60)
	default:
		return fmt.Sprintf("%.1f days", d.Hours()/24)
	}
}

// ShowElapsed prints a time that has passed, to the second below: 02:09, 1:02:09.
func ShowElapsed(d time.Duration) string {
	s := int(d.Seconds())
	if s < 3600 {
		return fmt.Sprintf("%02d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}
