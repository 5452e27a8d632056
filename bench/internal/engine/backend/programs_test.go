package backend

import "testing"

func TestExpandKnown(t *testing.T) {
	got := ExpandKnown("listen ${port}; log $uri ${uri} ${files}/x", map[string]string{"port": "80", "files": "/f"})
	if want := "listen 80; log $uri ${uri} /f/x"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
