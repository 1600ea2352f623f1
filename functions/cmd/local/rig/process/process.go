// Package process runs the product's functions and the local cloud in processes of their own, for tests that kill or end them,
// or measure what they use. A process writes to a file of the test's artifacts, whose end is shown when the test fails, and
// dies with the test. It is imported by tests only.
package process

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

const (
	// startPatience bounds how long a process may take to listen, on however busy a machine.
	startPatience = 2 * time.Minute

	// endPatience is how long a process has to end after SIGTERM: the 10 s of the platform, and some more.
	endPatience = 15 * time.Second
)

// Process can be started, ended and started again with the same arguments, environment and address.
type Process struct {
	Name string
	// Addr is where the process listens.
	Addr   string
	Binary string
	Args   []string
	Env    []string
	// Kills counts the calls of Kill that found the process alive.
	Kills int

	tb  testing.TB
	log *os.File

	mu  sync.Mutex
	run *run
}

// run is one run of a process.
type run struct {
	cmd    *exec.Cmd
	wanted atomic.Bool // its end is wanted
	ended  chan struct{}
	err    error // how it ended; read after ended is closed
}

// New returns a process that is not started yet, with an address of its own and a bare environment.
func New(tb testing.TB, name, binary string) *Process {
	tb.Helper()
	log, err := os.CreateTemp(tb.ArtifactDir(), name+"-*.log")
	if err != nil {
		tb.Fatal(err)
	}

	p := &Process{
		Name:   name,
		Addr:   FreeAddr(tb),
		Binary: binary,
		Env:    bare(),
		tb:     tb,
		log:    log,
	}
	tb.Cleanup(func() {
		p.Kill()
		if tb.Failed() {
			tb.Logf("%s wrote last:\n%s", name, p.tail())
		}

		_ = log.Close()
	})

	return p
}

// Start starts the process and returns once it listens.
func (p *Process) Start() {
	p.tb.Helper()
	p.Launch()
	testkit.Eventually(p.tb, startPatience, p.Name+" listens", func() bool {
		conn, err := net.DialTimeout("tcp", p.Addr, time.Second)
		if err != nil {
			return false
		}
		return conn.Close() == nil
	})
}

// Launch starts the process and does not wait for it.
func (p *Process) Launch() {
	p.tb.Helper()
	cmd := exec.Command(p.Binary, p.Args...)
	cmd.Env = p.Env
	cmd.Stdout = p.log
	cmd.Stderr = p.log
	cmd.SysProcAttr = attributes()
	if err := startOnThread(cmd); err != nil {
		p.tb.Fatalf("start %s: %v", p.Name, err)
	}

	r := &run{cmd: cmd, ended: make(chan struct{})}

	p.mu.Lock()
	p.run = r

	p.mu.Unlock()
	go func() {
		r.err = cmd.Wait()
		if !r.wanted.Load() {
			p.tb.Errorf("%s ended by itself: %v", p.Name, r.err)
		}

		close(r.ended)
	}()
}

// take returns the present run, if there is one, and leaves the process without.
func (p *Process) take() *run {
	p.mu.Lock()
	defer p.mu.Unlock()

	r := p.run
	p.run = nil

	return r
}

// Kill ends the process as kill -9 does, and returns when it is gone.
func (p *Process) Kill() {
	r := p.take()
	if r == nil {
		return
	}

	p.Kills++

	r.wanted.Store(true)
	_ = r.cmd.Process.Kill() // fails only if the process has ended by itself, which is reported elsewhere
	<-r.ended
}

// Signal asks the process to end, as the platform does. Wait returns how it does.
func (p *Process) Signal() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.run == nil {
		return errors.New("the process does not run")
	}

	p.run.wanted.Store(true)

	return p.run.cmd.Process.Signal(syscall.SIGTERM)
}

// Wait returns how the process ended after Signal. One that takes too long is killed.
func (p *Process) Wait() error {
	r := p.take()
	select {
	case <-r.ended:
		return r.err
	case <-time.After(endPatience):
		_ = r.cmd.Process.Kill()
		<-r.ended
		return fmt.Errorf("%s did not end within %s", p.Name, endPatience)
	}
}

// Dead reports whether the process was ended and not started again.
func (p *Process) Dead() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.run == nil
}

// URL returns the address of the process as a URL without a path.
func (p *Process) URL() string { return "http://" + p.Addr }

// Log returns the file that the process writes to.
func (p *Process) Log() *os.File { return p.log }

// Output returns everything that the process has written.
func (p *Process) Output() string {
	b, err := os.ReadFile(p.log.Name())
	if err != nil {
		p.tb.Error(err)
	}
	return string(b)
}

// tail returns the end of what the process has written.
func (p *Process) tail() string {
	const most = 4 << 10
	info, err := p.log.Stat()
	if err != nil {
		return err.Error()
	}

	b := make([]byte, min(info.Size(), most))
	n, err := p.log.ReadAt(b, info.Size()-int64(len(b)))
	if err != nil && !errors.Is(err, io.EOF) {
		return err.Error()
	}

	return string(b[:n])
}

// Build builds the command `local`, which serves one function or the local cloud, and returns the path of the binary.
func Build(tb testing.TB) string {
	tb.Helper()
	binary := filepath.Join(tb.TempDir(), "local")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}

	out, err := exec.CommandContext(tb.Context(), "go", "build", "-buildvcs=false", "-o", binary, local).CombinedOutput()
	if err != nil {
		tb.Fatalf("go build: %v\n%s", err, out)
	}

	return binary
}

const local = "github.com/eshopbox/whatsapp-notifications/functions/cmd/local"
