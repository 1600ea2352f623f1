package kill_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// launcher starts processes from one thread that lives as long as the test: Linux sends a parent's death signal when the
// thread ends that started the child, not the process.
type launcher struct{ jobs chan func() }

func newLauncher(t *testing.T) *launcher {
	t.Helper()
	l := &launcher{jobs: make(chan func())}
	go func() {
		runtime.LockOSThread()
		for job := range l.jobs {
			job()
		}
	}()
	t.Cleanup(func() { close(l.jobs) })
	return l
}

func (l *launcher) start(cmd *exec.Cmd) error {
	failed := make(chan error)
	l.jobs <- func() { failed <- cmd.Start() }
	return <-failed
}

// process is one process that can be killed and started again with the same arguments, environment and port.
type process struct {
	name, addr string
	bin        string
	args, env  []string
	launcher   *launcher
	log        *os.File

	mu    sync.Mutex
	life  *life
	kills int
}

// life is one run of a process.
type life struct {
	cmd    *exec.Cmd
	wanted atomic.Bool // its death is wanted
	ended  chan struct{}
	err    error // of its end; read after ended
}

// up starts the process; it is killed when the test ends.
func (p *process) up(t *testing.T) {
	t.Helper()
	cmd := exec.Command(p.bin, p.args...)
	cmd.Env, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = p.env, p.log, p.log, attributes()
	if err := p.launcher.start(cmd); err != nil {
		t.Fatalf("start %s: %v", p.name, err)
	}
	l := &life{cmd: cmd, ended: make(chan struct{})}
	p.mu.Lock()
	p.life = l
	p.mu.Unlock()
	go func() {
		l.err = cmd.Wait()
		if !l.wanted.Load() {
			t.Errorf("%s ended by itself: %v", p.name, l.err)
		}
		close(l.ended)
	}()
}

// kill ends the process as kill -9 does, and returns when it is gone.
func (p *process) kill() {
	p.mu.Lock()
	l := p.life
	p.life = nil
	p.mu.Unlock()
	if l == nil {
		return
	}
	p.kills++
	l.wanted.Store(true)
	_ = l.cmd.Process.Kill() // a process that is gone already has said so by itself
	<-l.ended
}

// dead reports whether the process was killed and not started again.
func (p *process) dead() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.life == nil
}

// ready returns once the process listens.
func (p *process) ready(t *testing.T) {
	t.Helper()
	eventually(t, patience, p.name+" listens", func() bool {
		conn, err := net.DialTimeout("tcp", p.addr, time.Second)
		if err != nil {
			return false
		}
		return conn.Close() == nil
	})
}

// tail is the end of what the process has written.
func (p *process) tail() string {
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

// build builds what `go run ./functions/cmd/local` runs.
func build(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "local")
	if runtime.GOOS == "windows" {
		bin += ".exe"
	}
	out, err := exec.Command("go", "build", "-buildvcs=false", "-o", bin, "..").CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}

// freePorts finds ports of this machine that nobody listens on, below the range that outgoing connections take theirs from:
// one of those could otherwise sit on a process's port while the process is down.
func freePorts(t *testing.T, random *rand.Rand, n int) []string {
	t.Helper()
	var found []string
	for range 1000 {
		addr := fmt.Sprintf("127.0.0.1:%d", 20_000+random.IntN(12_000))
		l, err := net.Listen("tcp", addr)
		if err != nil {
			continue
		}
		defer func() { _ = l.Close() }() // all at the end, so that no port is found twice
		if found = append(found, addr); len(found) == n {
			return found
		}
	}
	t.Fatal("no free ports")
	return nil
}

// bare is the environment without what would change the processes' ways: other emulators, proxies, the caller's settings.
func bare() []string {
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		switch name {
		case "PATH", "HOME", "TMPDIR", "TMP", "TEMP", "SYSTEMROOT", "GOMAXPROCS", "GOMEMLIMIT":
			env = append(env, kv)
		}
	}
	return env
}

// eventually returns once the condition holds, and fails the test if it does not within the deadline.
func eventually(t *testing.T, within time.Duration, what string, holds func() bool) {
	t.Helper()
	if !poll(within, holds) {
		t.Fatalf("not within %s: %s", within, what)
	}
}

// poll reports whether the condition came to hold within the deadline.
func poll(within time.Duration, holds func() bool) bool {
	for deadline := time.Now().Add(within); ; time.Sleep(20 * time.Millisecond) {
		if holds() {
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
	}
}
