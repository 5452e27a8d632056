package engine

import (
	"testing"

	"github.com/memproof/memproof/bench/record"
)

func decodeTexts(body []byte) (map[string]string, error) {
	object, err := decodeObject(body)
	if err != nil {
		return nil, err
	}
	return texts(object)
}

func TestTexts(t *testing.T) {
	got, err := decodeTexts([]byte(`{"a": "x\n", "n": 1.50, "t": true}`))
	if err != nil || len(got) != 3 || got["a"] != "x\n" || got["n"] != "1.50" || got["t"] != "true" {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "null garbage", "{}]", "[]", `{"a": null}`, `{"a": {}}`, `{"a": [1]}`} {
		if got, err := decodeTexts([]byte(bad)); err == nil {
			t.Errorf("%q: %v", bad, got)
		}
	}
}

func FuzzTexts(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":"b"}`, `{"a": 1e3, "b": false}`, `{"a": null}`, `null`, `{`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if got, err := decodeTexts(body); err == nil && got == nil {
			t.Errorf("%q: neither an object nor an error", body)
		}
	})
}

func decodeNumbers(body []byte) (record.Counters, error) {
	object, err := decodeObject(body)
	if err != nil {
		return nil, err
	}
	return numbers(object, "s.")
}

// TestNumbers: counters are exact to the last digit.
func TestNumbers(t *testing.T) {
	for _, tt := range []struct {
		text         string
		number, rest float64
	}{
		{"0", 0, 0}, {"-3", -3, 0}, {"1.5", 1.5, 0}, {"1e3", 1000, 0},
		{"9007199254740992", 1 << 53, 0},
		{"9007199254740993", 1 << 53, 1},
		{"-9007199254740993", -(1 << 53), -1},
		{"1764238092123456789", 1764238092123456768, 21},
		{"18446744073709551615", 1 << 64, -1},
		{"340282366920938463463374607431768211457", 1 << 128, 1},
	} {
		got, err := decodeNumbers([]byte(`{"n": ` + tt.text + `, "s": "5", "t": true}`))
		entries := 1
		if tt.rest != 0 {
			entries = 2
		}
		if err != nil || len(got) != entries || got["s.n"] != tt.number || got["rest.s.n"] != tt.rest {
			t.Errorf("%s: %v, %v; want %v and %v", tt.text, got, err, tt.number, tt.rest)
		}
	}
	for _, bad := range []string{"", "[]", `{"n": 1e999}`, `{"n": 1} {"n": 2}`, `{"n": 01}`} {
		if got, err := decodeNumbers([]byte(bad)); err == nil {
			t.Errorf("%q: %v", bad, got)
		}
	}
}

func FuzzNumbers(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a": 9007199254740993}`, `{"a": 1e3, "b": -0.0}`, `null`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if got, err := decodeNumbers(body); err != nil && got != nil {
			t.Errorf("%q: %v with an error, %v", body, got, err)
		}
	})
}
