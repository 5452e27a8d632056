package record_test

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
)

const (
	oldHeader = "seq,intended_ns,sent_ns,done_ns,status,bytes_in,target,digest,error\n"
	header    = "seq,intended_ns,sent_ns,done_ns,status,bytes_in,target,digest,connection,error\n"
)

func decode(text string) (hits []metric.Hit, err error) {
	err = record.DecodeHits(strings.NewReader(text), func(h metric.Hit) error { hits = append(hits, h); return nil })
	return hits, err
}

func TestDecodeHits(t *testing.T) {
	long := strings.Repeat("x", 70_000) // more than a buffer
	tests := []struct {
		name, text string
		want       []metric.Hit
	}{
		{"old columns", oldHeader + "1,2,3,4,200,5,0,0000000000000000,\n2,3,4,5,0,0,0,0000000000000000,refused\n", []metric.Hit{
			{Seq: 1, Intended: 2, Sent: 3, Done: 4, Status: 200, BytesIn: 5}, {Seq: 2, Intended: 3, Sent: 4, Done: 5, Error: "refused"}}},
		{"new columns", oldHeader + "1,2,3,4,200,5,2,00000000000000ff,\n", []metric.Hit{{Seq: 1, Intended: 2, Sent: 3, Done: 4, Status: 200, BytesIn: 5, Target: 2, Digest: 255}}},
		{"connections", header + "1,0,0,0,0,0,0,0000000000000000,none,x\n2,0,0,0,0,0,0,0000000000000000,new,\n3,0,0,0,0,0,0,0000000000000000,used,\n4,0,0,0,0,0,0,0000000000000000,reset,\"\"\n5,0,0,0,0,0,0,0000000000000000,,\n", []metric.Hit{
			{Seq: 1, Connection: metric.NoConnection, Error: "x"}, {Seq: 2, Connection: metric.NewConnection}, {Seq: 3, Connection: metric.UsedConnection},
			{Seq: 4, Connection: metric.ResetConnection}, {Seq: 5}}},
		{"quotes", oldHeader + "1,0,0,0,0,0,0,ffffffffffffffff,\"a \"\"b\"\",\nc\"\n2,0,0,0,0,0,0,0000000000000000,\n", []metric.Hit{
			{Seq: 1, Digest: 1<<64 - 1, Error: "a \"b\",\nc"}, {Seq: 2}}},
		{"no end of the last line, carriage returns, an empty line", oldHeader + "1,0,0,0,0,0,0,0000000000000000,\r\n\r\n2,0,0,0,0,0,0,0000000000000000,x", []metric.Hit{{Seq: 1}, {Seq: 2, Error: "x"}}},
		{"a long message", oldHeader + "1,0,0,0,0,0,0,0000000000000000,\"" + long + "\n\"\n2,0,0,0,0,0,0,0000000000000000,\n", []metric.Hit{{Seq: 1, Error: long + "\n"}, {Seq: 2}}},
		{"largest number", oldHeader + "9223372036854775807,0,0,0,0,0,0,0000000000000000,\n", []metric.Hit{{Seq: 1<<63 - 1}}},
		{"none", oldHeader, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := decode(tt.text); err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("read %.300v, error %v; want %.300v", got, err, tt.want)
			}
		})
	}
}

func TestDecodeHitsRefuses(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"nothing", "", "header: EOF"},
		{"other columns", "a,b\n", `line 1: columns are "a,b", want "seq,`},
		{"negative", oldHeader + "1,0,0,0,0,0,0,0000000000000000,\n-1,0,0,0,0,0,0,0000000000000000,\n", `line 3: seq is "-1", want a whole number from 0`},
		{"too large", oldHeader + "0,9223372036854775808,0,0,0,0,0,0000000000000000,\n", `line 2: intended_ns is "9223372036854775808"`},
		{"empty number", oldHeader + "0,0,,0,0,0,0,0000000000000000,\n", `line 2: sent_ns is ""`},
		{"too few", oldHeader + "0,0,0,0,0\n", "line 2: wrong number of fields"},
		{"no error column", oldHeader + "0,0,0,0,0,0\n", "line 2: wrong number of fields"},
		{"too many", oldHeader + "0,0,0,0,0,0,a,b\n", "line 2: wrong number of fields"},
		{"short digest", oldHeader + "0,0,0,0,0,0,0,ff,\n", `line 2: digest is "ff", want 16`},
		{"no digest", oldHeader + "0,0,0,0,0,0,0,000000000000000G,\n", `line 2: digest is "000000000000000G"`},
		{"another connection", header + "0,0,0,0,0,0,0,0000000000000000,borrowed,\n", `line 2: connection is "borrowed"`},
		{"no connection", header + "0,0,0,0,0,0,0,0000000000000000,\n", "line 2: wrong number of fields"},
		{"the line after a message of two", oldHeader + "0,0,0,0,0,0,0,0000000000000000,\"a\nb\"\nx,0,0,0,0,0,0,0000000000000000,\n", `line 4: seq is "x"`},
		{"text after quotes", oldHeader + "0,0,0,0,0,0,0,0000000000000000,\"a\"b\n", `extraneous or missing "`},
		{"quote not doubled", oldHeader + "0,0,0,0,0,0,0,0000000000000000,\"a\"b\"c\"\n", `extraneous or missing "`},
		{"quote not closed", oldHeader + "0,0,0,0,0,0,0,0000000000000000,\"a\n", `extraneous or missing "`},
		{"endless", oldHeader + "0,0,0,0,0,0,0,0000000000000000,\"" + strings.Repeat("a\n", 1<<20), "a record of more than 1048576 bytes"},
		{"endless line", oldHeader + "0,0,0,0,0,0,0,0000000000000000," + strings.Repeat("a", 1<<21), "a record of more than 1048576 bytes"},
		{"endless header", strings.Repeat("a", 1<<21), "a record of more than 1048576 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := decode(tt.text); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("read %v, error %v; want %q", got, err, tt.want)
			}
		})
	}
}

// FuzzHitFile writes a hit and reads it back.
func FuzzHitFile(f *testing.F) {
	f.Add(uint64(1), int64(2), 200, uint64(3), "")
	f.Add(uint64(0), int64(0), 0, uint64(1<<63), "a,\"b\"\r\n\" c")
	path := filepath.Join(f.TempDir(), "hits.csv.gz")
	f.Fuzz(func(t *testing.T, seq uint64, ns int64, status int, digest uint64, why string) {
		want := metric.Hit{
			Seq: seq >> 1, Intended: time.Duration(max(0, ns)), Sent: 7, Done: time.Duration(max(0, ns)),
			Status: max(0, status), BytesIn: max(0, ns), Target: max(0, status), Digest: digest, Connection: metric.Connection(digest % 5), Error: why,
		}
		w, err := record.CreateHits(path)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := w.Write(want); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		want.Error = strings.ReplaceAll(why, "\r\n", "\n") // as encoding/csv reads it
		n := 0
		if err := record.ReadHits(path, func(h metric.Hit) error {
			if n++; h != want {
				t.Errorf("read %+v, wrote %+v", h, want)
			}
			return nil
		}); err != nil || n != 2 {
			t.Errorf("%d hits, error %v", n, err)
		}
	})
}

// endless is a reader without an end.
type endless struct {
	text  string
	given int
}

func (e *endless) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		c := copy(p[n:], e.text[e.given%len(e.text):])
		n, e.given = n+c, e.given+c
	}
	return n, nil
}

// TestDecodeHitsEndsWithARecord: a record that is too long ends the reading. It reads
// and holds only a little more than the longest record.
func TestDecodeHitsEndsWithARecord(t *testing.T) {
	for _, text := range []string{"a", "a\n", "\"\"", "\"\"\n", ",", "1,"} {
		begin := header + "0,0,0,0,0,0,0,0000000000000000,new,\""
		rest := &endless{text: text}
		err := record.DecodeHits(io.MultiReader(strings.NewReader(begin), rest), func(metric.Hit) error { return nil })
		if err == nil || !strings.Contains(err.Error(), "a record of more than") || rest.given > 2<<20 {
			t.Errorf("%q: %d bytes were read, error %.200v", text, rest.given, err)
		}
	}
}

// BenchmarkDecodeHitsUnclosed must be linear in the record: ns/byte does not grow.
func BenchmarkDecodeHitsUnclosed(b *testing.B) {
	for _, size := range []int{1 << 14, 1 << 17, 1 << 20} {
		text := header + "0,0,0,0,0,0,0,0000000000000000,new,\"" + strings.Repeat("a\n", size/2-100)
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if err := record.DecodeHits(strings.NewReader(text), func(metric.Hit) error { return nil }); err == nil {
					b.Fatal("it was read")
				}
			}
		})
	}
}

// TestDecodeHitsAllocatesARecord: an answered hit costs the allocation of its record
// only.
func TestDecodeHitsAllocatesARecord(t *testing.T) {
	const n = 10_000
	text := hitText(n)
	allocs := testing.AllocsPerRun(5, func() {
		if err := record.DecodeHits(bytes.NewReader(text), func(metric.Hit) error { return nil }); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > n+40 {
		t.Errorf("%.0f allocations for %d hits, want one each and those of the reader", allocs, n)
	}
}

// hitText returns a hit file of n hits, uncompressed.
func hitText(n int) []byte {
	var b bytes.Buffer
	b.WriteString(header)
	for i := range n {
		fmt.Fprintf(&b, "%d,%d,%d,%d,200,1412,1,%016x,used,\n", i, i*500_000, i*500_000+61_234, i*500_000+204_015_532, uint64(i)*0x9e3779b97f4a7c15)
	}
	return b.Bytes()
}

// BenchmarkDecodeHits, and BenchmarkReadHits with gzip, measure the time for 10 million
// hits.
func BenchmarkDecodeHits(b *testing.B) {
	text := hitText(100_000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if err := record.DecodeHits(bytes.NewReader(text), func(metric.Hit) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)*100, "s/10Mhits")
}

func BenchmarkReadHits(b *testing.B) {
	const n = 100_000
	path := filepath.Join(b.TempDir(), "hits.csv.gz")
	w, err := record.CreateHits(path)
	if err != nil {
		b.Fatal(err)
	}
	begin := time.Now()
	if err := record.DecodeHits(bytes.NewReader(hitText(n)), w.Write); err != nil {
		b.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	writing := time.Since(begin)
	for b.Loop() {
		if err := record.ReadHits(path, func(metric.Hit) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)*1e7/n, "s/10Mhits")
	b.ReportMetric(writing.Seconds()*1e7/n, "s-to-write/10Mhits")
}
