package emulator

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// keeper runs the emulator and kills it when its own input ends, which it does however the test process ends.
const keeper = `exec 3<&0; "$@" </dev/null & p=$!; (read -r _ <&3; kill -9 $p) 2>/dev/null & wait $p`

// start runs the emulator on a free port and returns its address once it accepts connections.
func (k *kind) start() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()

	jar, err := k.find(ctx)
	if err != nil {
		return "", err
	}

	host, err := freeAddress(ctx)
	if err != nil {
		return "", err
	}

	_, port, err := net.SplitHostPort(host)
	if err != nil {
		return "", fmt.Errorf("free port: %w", err)
	}

	argv := []string{"-c", keeper, "keeper", "java", "-Xmx512m", "-Duser.language=en", "-cp", jar, k.class}
	//nolint:gosec,noctx // the command is our own; it lives as long as the test process, longer than any context here
	cmd := exec.Command("sh", append(argv, k.args(port)...)...)
	if _, err := cmd.StdinPipe(); err != nil { // never closed by us: the end of this process closes it
		return "", fmt.Errorf("input of the emulator: %w", err)
	}

	var output tail
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("start: %w", err)
	}

	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	if err := waitFor(ctx, host, ended); err != nil {
		return "", fmt.Errorf("%w; it said: %s", err, output.String())
	}

	return host, nil
}

// find returns the emulator's jar.
func (k *kind) find(ctx context.Context) (string, error) {
	if _, err := exec.LookPath("java"); err != nil {
		return "", errors.New("java is not installed")
	}
	if _, err := exec.LookPath("gcloud"); err != nil {
		return "", errors.New("gcloud is not installed")
	}

	out, err := exec.CommandContext(ctx, "gcloud", "info", "--format=value(installation.sdk_root)").Output()
	if err != nil {
		return "", fmt.Errorf("asking gcloud for its folder: %w", err)
	}

	jars, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), k.jar))
	if err != nil || len(jars) == 0 {
		return "", fmt.Errorf("gcloud has no %s emulator installed", k.name)
	}

	return jars[len(jars)-1], nil
}

func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("free port: %w", err)
	}
	defer func() { _ = l.Close() }()

	return l.Addr().String(), nil
}

// waitFor returns nil when host accepts a connection.
func waitFor(ctx context.Context, host string, ended <-chan error) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()

	for {
		select {
		case err := <-ended:
			return fmt.Errorf("ended at once: %v", err) //nolint:errorlint // may be nil, and nobody asks for its kind
		case <-ctx.Done():
			return fmt.Errorf("accepts no connection after %v", startTimeout)
		case <-tick.C:
		}
		if c, err := (&net.Dialer{}).DialContext(ctx, "tcp", host); err == nil {
			_ = c.Close()
			return nil
		}
	}
}

// tail keeps the last of what is written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

const tailBytes = 2 << 10

// Write takes all of p.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()

	t.buf = append(t.buf, p...)
	if n := len(t.buf) - tailBytes; n > 0 {
		t.buf = append(t.buf[:0], t.buf[n:]...)
	}

	return len(p), nil
}

// String is what was kept.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.buf)
}
