package engine

import (
	"testing"
)

func TestFlat(t *testing.T) {
	got, err := flat([]byte(`{"a": "x\n", "n": 1.50, "t": true}`))
	if err != nil || len(got) != 3 || got["a"] != "x\n" || got["n"] != "1.50" || got["t"] != "true" {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "null garbage", "[]", `{"a": null}`, `{"a": {}}`, `{"a": [1]}`} {
		if got, err := flat([]byte(bad)); err == nil {
			t.Errorf("%q: %v", bad, got)
		}
	}
}

func FuzzFlat(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":"b"}`, `{"a": 1e3, "b": false}`, `{"a": null}`, `null`, `{`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if got, err := flat(body); err == nil && got == nil {
			t.Errorf("%q: neither an object nor an error", body)
		}
	})
}

// TestFlatNumbers: what a service tells is kept to the last digit.
func TestFlatNumbers(t *testing.T) {
	for _, tt := range []struct {
		text       string
		told, rest float64
	}{
		{"0", 0, 0}, {"-3", -3, 0}, {"1.5", 1.5, 0}, {"1e3", 1000, 0},
		{"9007199254740992", 1 << 53, 0},
		{"9007199254740993", 1 << 53, 1},
		{"-9007199254740993", -(1 << 53), -1},
		{"1764238092123456789", 1764238092123456768, 21},
		{"18446744073709551615", 1 << 64, -1},
		{"340282366920938463463374607431768211457", 1 << 128, 1},
	} {
		told, rest, err := flatNumbers([]byte(`{"n": ` + tt.text + `, "s": "5", "t": true}`))
		if err != nil || len(told) != 1 || told["n"] != tt.told || rest["n"] != tt.rest || len(rest) > 1 {
			t.Errorf("%s: %v and %v, %v; want %v and %v", tt.text, told, rest, err, tt.told, tt.rest)
		}
	}
	for _, bad := range []string{"", "[]", `{"n": 1e999}`, `{"n": 1} {"n": 2}`, `{"n": 01}`} {
		if told, _, err := flatNumbers([]byte(bad)); err == nil {
			t.Errorf("%q: %v", bad, told)
		}
	}
}

func FuzzFlatNumbers(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a": 9007199254740993}`, `{"a": 1e3, "b": -0.0}`, `null`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		told, rest, err := flatNumbers(body)
		for name := range rest {
			if _, ok := told[name]; !ok || err != nil {
				t.Errorf("%q: %v without its number, %v", body, name, err)
			}
		}
	})
}
