package main

import (
	"flag"
	"io"
	"strings"
	"testing"

	"github.com/memproof/memproof/variants/internal/gateway"
)

func TestConfigure(t *testing.T) {
	changed := func(change func(*gateway.Config)) gateway.Config {
		c := before
		change(&c)
		return c
	}
	for _, c := range []struct {
		args string
		want gateway.Config
	}{
		{"", before},
		{"-fix-workers -fix-recycling -fix-scheduler -fix-client", after},
		{"-fix-workers", changed(func(c *gateway.Config) { c.Workers = after.Workers })},
		{"-fix-recycling", changed(func(c *gateway.Config) { c.Recycling = after.Recycling })},
		{"-fix-scheduler", changed(func(c *gateway.Config) { c.Scheduler = after.Scheduler })},
		{"-fix-client", changed(func(c *gateway.Config) { c.AIClient = after.AIClient })},
		{"-fix-client=false -fix-workers=true", changed(func(c *gateway.Config) { c.Workers = after.Workers })},
		{"-ai-client leaked -recycling 20/1m", changed(func(c *gateway.Config) {
			c.AIClient, c.Recycling = gateway.ClientLeaked, "20/1m"
		})},
		{"-workers cpu+1 -fix-workers=false", before},
	} {
		if got, err := configure(quiet(), strings.Fields(c.args)); err != nil || got != c.want {
			t.Errorf("%q gives %+v, %v, want %+v", c.args, got, err, c.want)
		}
	}
}

func TestConfigureRefuses(t *testing.T) {
	for _, args := range []string{"-fix-all", "-workers 5", "-recycling 500", "-fix-client=maybe", "fix-workers"} {
		if got, err := configure(quiet(), strings.Fields(args)); err == nil {
			t.Errorf("%q gives %+v", args, got)
		}
	}
}

func quiet() *flag.FlagSet {
	flags := flag.NewFlagSet("ablate", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	return flags
}
