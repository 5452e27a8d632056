package docker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/logfile"
	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// running is a container.
type running struct {
	*testcontainers.DockerContainer
	client  *client.Client
	ports   map[int]string // container port to host:port
	ended   chan struct{}
	outcome backend.Outcome // after ended
	logged  chan struct{}   // closed when its output has been read to the end
}

func (d *docker) Start(ctx context.Context, sp backend.Spec) (backend.Process, error) {
	file, err := logfile.Append(sp.Log)
	if err != nil {
		return nil, err
	}
	out := logfile.Redacting(file, d.opts.Scenario)
	req := testcontainers.ContainerRequest{
		Name:               d.named(sp.Name),
		Image:              d.images[sp.Key()],
		Cmd:                sp.Args,
		Env:                sp.Env,
		Networks:           []string{d.network.Name},
		NetworkAliases:     map[string][]string{d.network.Name: {sp.Name}},
		HostConfigModifier: func(h *container.HostConfig) { d.confine(h, sp) },
		Files:              containerFiles(sp.Files),
	}
	req.ConfigModifier = func(c *container.Config) {
		if c.User = sp.User; sp.Signal != "" {
			c.StopSignal = "SIG" + string(sp.Signal)
		}
	}
	if sp.Injected {
		if req.Entrypoint, req.Cmd, err = d.injectedCommand(ctx, sp); err != nil {
			return nil, errors.Join(err, out.Close())
		}
	}
	r, err := d.run(ctx, req, sp.Ports, output{out, out})
	if err != nil {
		return nil, withInitRemedy(err) // and no *running in the interface
	}
	if err := r.verifyLimits(ctx, sp.Limits); err != nil && !backend.HasEnded(r) {
		return nil, errors.Join(err, r.remove())
	}
	return r, nil
}

// withInitRemedy adds the remedy to the error of a daemon without an init program.
func withInitRemedy(err error) error {
	if strings.Contains(err.Error(), "docker-init") {
		return fmt.Errorf("%w: init: true needs docker-init where the daemon runs: install tini there", err)
	}
	return err
}

func containerFiles(files map[string]backend.File) (all []testcontainers.ContainerFile) {
	for path, f := range files {
		all = append(all, testcontainers.ContainerFile{Reader: bytes.NewReader(f.Text), ContainerFilePath: path, FileMode: 0o644})
	}
	return all
}

// output takes a container's output. Both may be the same.
type output struct {
	stdout, stderr io.WriteCloser
}

func (o output) close() error {
	err := o.stdout.Close()
	if o.stderr != o.stdout {
		err = errors.Join(err, o.stderr.Close())
	}
	return err
}

// run creates and starts a container.
func (d *docker) run(ctx context.Context, req testcontainers.ContainerRequest, ports []int, out output) (*running, error) {
	req.Labels = d.labels()
	c, err := d.create(ctx, req, ports)
	if err != nil {
		return nil, errors.Join(err, testcontainers.TerminateContainer(c), out.close())
	}
	r := &running{
		DockerContainer: c, client: d.client, ports: map[int]string{},
		ended: make(chan struct{}), logged: make(chan struct{}),
	}
	go d.follow(r, out)
	go d.wait(r)
	if err := r.readPorts(ctx, ports); err != nil {
		return nil, errors.Join(err, r.remove())
	}
	return r, nil
}

// follow copies the output until the container ends. It asks the daemon: the log
// production of testcontainers reconnects every few seconds "since now" and loses the
// output in between.
func (d *docker) follow(r *running, out output) {
	defer close(r.logged)
	defer out.close()
	logs, err := d.client.ContainerLogs(d.life, r.ID, client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true, Follow: true})
	if err == nil {
		_, err = stdcopy.StdCopy(out.stdout, out.stderr, logs)
		err = errors.Join(err, logs.Close())
	}
	if err != nil && d.life.Err() == nil {
		fmt.Fprintf(out.stderr, "\n[the engine lost this log: %v]\n", err)
	}
}

// wait waits for the container's end and reads its outcome. A restart of the daemon ends
// ContainerWait early, so only the container's state counts. If the container has ended
// when the daemon is back, the daemon ended it.
func (d *docker) wait(r *running) {
	defer close(r.ended)
	r.outcome = backend.Outcome{Code: -1} // for a container that another process removes
	away := false                         // the daemon went away while the container ran
	for d.life.Err() == nil {
		w := d.client.ContainerWait(d.life, r.ID, client.ContainerWaitOptions{Condition: container.WaitConditionNotRunning})
		select {
		case <-w.Result:
		case err := <-w.Error:
			d.chatter.Printf("wait for container %s: %v", r.ID, err)
			away = away || !errdefs.IsNotFound(err)
		}
		i, err := d.client.ContainerInspect(d.life, r.ID, client.ContainerInspectOptions{})
		if errdefs.IsNotFound(err) {
			return
		}
		if err == nil && !i.Container.State.Running {
			r.outcome = statusOutcome(i.Container.State.ExitCode)
			r.outcome.OOMKilled, r.outcome.DaemonAway = i.Container.State.OOMKilled, away
			return
		}
		away = away && err != nil // the daemon is back, and the container runs
		time.Sleep(backend.PollEvery)
	}
}

// statusOutcome reads a container's exit status, in which the runtime reports
// a signal as 128 + its number.
func statusOutcome(status int) backend.Outcome {
	if status > 128 && status <= 128+64 {
		return backend.Outcome{Code: -1, Signal: status - 128}
	}
	return backend.Outcome{Code: status}
}

func (r *running) Done() <-chan struct{} { return r.ended }

func (r *running) End() backend.Outcome {
	backend.WaitAtMost(r.logged, 5*time.Second) // for its last lines
	return r.outcome
}

func (r *running) Stop(ctx context.Context, grace time.Duration) (backend.Outcome, error) {
	seconds := wholeSeconds(grace)
	if _, err := r.client.ContainerStop(ctx, r.ID, client.ContainerStopOptions{Timeout: &seconds}); err != nil {
		return backend.Outcome{}, errors.Join(fmt.Errorf("stop container: %w", err), r.remove())
	}
	select {
	case <-r.ended:
	case <-ctx.Done():
		return backend.Outcome{}, errors.Join(ctx.Err(), r.remove())
	}
	return r.End(), r.remove()
}

// wholeSeconds rounds up: the daemon takes seconds, and 0 for "at once".
func wholeSeconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// removePatience is how long the daemon may take to remove a container.
const removePatience = 30 * time.Second

// remove kills and removes the container and its volumes, also after an interrupt.
func (r *running) remove() error {
	ctx, cancel := context.WithTimeout(context.Background(), removePatience)
	defer cancel()
	_, err := r.client.ContainerRemove(ctx, r.ID, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	if errdefs.IsNotFound(err) || errdefs.IsConflict(err) { // a conflict: another process is removing it
		return nil
	}
	return err
}
