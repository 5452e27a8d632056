// Command ablate is the service with any of the guide's four changes made: a flag for each, none for the service as it was,
// all for the service as the guide left it.
//
//	ablate -fix-scheduler -fix-client    # two of the changes
//	ablate -ai-client leaked             # a setting that neither has
//
// Of two flags that set the same cause the later one counts. The environment is that of the commands before and after.
package main

import (
	"encoding"
	"flag"
	"fmt"
	"os"
	"strconv"

	"github.com/memproof/memproof/variants/internal/gateway"
)

var before = gateway.Config{
	Workers:   gateway.CPUTimes2Plus1,
	Recycling: gateway.Recycle1000Or3600s,
	Scheduler: gateway.SchedulerEveryWorker,
	AIClient:  gateway.ClientPerRequest,
}

var after = gateway.Config{
	Workers:   gateway.CPUPlus1,
	Recycling: gateway.Recycle500Or1800s,
	Scheduler: gateway.SchedulerMaster,
	AIClient:  gateway.ClientPooled,
}

func main() {
	config, err := configure(flag.NewFlagSet(os.Args[0], flag.ExitOnError), os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	os.Exit(gateway.Main(config))
}

// configure starts from before.
func configure(flags *flag.FlagSet, args []string) (gateway.Config, error) {
	c := before
	cause(flags, "workers", "workers", &c.Workers, before.Workers, after.Workers)
	cause(flags, "recycling", "recycling", &c.Recycling, before.Recycling, after.Recycling)
	cause(flags, "scheduler", "scheduler", &c.Scheduler, before.Scheduler, after.Scheduler)
	cause(flags, "ai-client", "client", &c.AIClient, before.AIClient, after.AIClient)
	if err := flags.Parse(args); err != nil {
		return gateway.Config{}, err
	}
	if flags.NArg() > 0 {
		return gateway.Config{}, fmt.Errorf("%q is no flag; see -help", flags.Arg(0))
	}
	return c, nil
}

// cause adds the flag that takes a setting and the switch that makes the guide's change.
func cause[T encoding.TextMarshaler, P interface {
	*T
	encoding.TextUnmarshaler
}](flags *flag.FlagSet, name, short string, to P, was, is T) {
	flags.TextVar(to, name, was, "set the cause")
	flags.BoolFunc("fix-"+short, "make the guide's change", func(text string) error {
		on, err := strconv.ParseBool(text)
		if err != nil {
			return err
		}
		*to = was
		if on {
			*to = is
		}
		return nil
	})
}
