package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/containerd/errdefs"
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
	outcome outcome       // after ended
	logged  chan struct{} // closed when its output has been read to the end
}

func (d *docker) start(ctx context.Context, sp spec) (process, error) {
	out, err := os.OpenFile(sp.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	req := testcontainers.ContainerRequest{
		Name:               d.named(sp.name),
		Image:              d.images[sp.key()],
		Cmd:                sp.args,
		Env:                sp.env,
		Networks:           []string{d.network.Name},
		NetworkAliases:     map[string][]string{d.network.Name: {sp.name}},
		HostConfigModifier: func(h *container.HostConfig) { confine(h, sp) },
		Files:              containerFiles(sp.files),
	}
	req.ConfigModifier = func(c *container.Config) {
		if c.User = sp.user; sp.signal != "" {
			c.StopSignal = "SIG" + string(sp.signal)
		}
	}
	if sp.spiked {
		if req.Entrypoint, req.Cmd, err = d.spikedCommand(ctx, sp); err != nil {
			return nil, errors.Join(err, out.Close())
		}
	}
	r, err := d.run(ctx, req, sp.ports, output{out, out, []io.Closer{out}})
	if err != nil {
		return nil, err // and no *running in the interface
	}
	return r, nil
}

func containerFiles(files map[string][]byte) (all []testcontainers.ContainerFile) {
	for path, text := range files {
		all = append(all, testcontainers.ContainerFile{Reader: bytes.NewReader(text), ContainerFilePath: path, FileMode: 0o644})
	}
	return all
}

// output is where a container's output goes.
type output struct {
	stdout, stderr io.Writer
	closers        []io.Closer // when all is written
}

func (o output) close() error {
	var errs []error
	for _, c := range o.closers {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// run creates and starts a container.
func (d *docker) run(ctx context.Context, req testcontainers.ContainerRequest, ports []int, out output) (*running, error) {
	req.Labels = d.labels()
	req.HostConfigModifier = d.publish(&req, ports)
	c, err := testcontainers.GenericContainer(ctx, testcontainers.GenericContainerRequest{
		ContainerRequest: req, Started: true, Logger: d.chatter,
	})
	if err != nil {
		return nil, errors.Join(err, testcontainers.TerminateContainer(c), out.close())
	}
	r := &running{
		DockerContainer: c.(*testcontainers.DockerContainer), client: d.client, ports: map[int]string{},
		ended: make(chan struct{}), logged: make(chan struct{}),
	}
	go d.follow(r, out)
	go d.wait(r)
	if err := r.readPorts(ctx, ports); err != nil {
		return nil, errors.Join(err, r.remove())
	}
	return r, nil
}

// follow copies the output until the container ends. It asks the daemon itself:
// the log production of testcontainers reconnects every few seconds "since now"
// and loses what was written in between.
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

// wait waits for the container's end and learns how it ended. A daemon that
// restarts cuts the wait short, so it is the state that counts.
func (d *docker) wait(r *running) {
	defer close(r.ended)
	r.outcome = outcome{code: -1} // of a container that is removed under us
	for d.life.Err() == nil {
		w := d.client.ContainerWait(d.life, r.ID, client.ContainerWaitOptions{Condition: container.WaitConditionNotRunning})
		select {
		case <-w.Result:
		case err := <-w.Error:
			d.chatter.Printf("wait for container %s: %v", r.ID, err)
		}
		i, err := d.client.ContainerInspect(d.life, r.ID, client.ContainerInspectOptions{})
		if errdefs.IsNotFound(err) {
			return
		}
		if err == nil && !i.Container.State.Running {
			r.outcome = statusOutcome(i.Container.State.ExitCode)
			r.outcome.oomKilled = i.Container.State.OOMKilled
			return
		}
		time.Sleep(pollEvery)
	}
}

// statusOutcome reads a container's exit status, in which the runtime reports
// a signal as 128 + its number.
func statusOutcome(status int) outcome {
	if status > 128 && status <= 128+64 {
		return outcome{code: -1, signal: status - 128}
	}
	return outcome{code: status}
}

func (r *running) done() <-chan struct{} { return r.ended }

func (r *running) end() outcome {
	waitAtMost(r.logged, 5*time.Second) // the last lines are about to be read
	return r.outcome
}

func (r *running) stop(ctx context.Context, grace time.Duration) (outcome, error) {
	if err := r.Stop(ctx, &grace); err != nil {
		return outcome{}, errors.Join(err, r.remove())
	}
	select {
	case <-r.ended:
	case <-ctx.Done():
		return outcome{}, errors.Join(ctx.Err(), r.remove())
	}
	return r.end(), r.remove()
}

// remove removes the container, with a time of its own.
func (r *running) remove() error {
	return testcontainers.TerminateContainer(r.DockerContainer, testcontainers.StopTimeout(0))
}
