package process

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Emulators are the variables by which Google's clients find the local cloud.
var Emulators = []string{"FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST", "SECRET_MANAGER_EMULATOR_HOST"}

// Configure adds to the process's environment what a function needs: its name in the functions framework, its port, the address
// of the local cloud, and its configuration by variable.
func (p *Process) Configure(target, cloud string, config map[string]string) {
	_, port, _ := strings.Cut(p.Addr, ":")

	p.Env = append(p.Env, "FUNCTION_TARGET="+target, "PORT="+port)
	for _, name := range Emulators {
		p.Env = append(p.Env, name+"="+cloud)
	}

	for _, name := range slices.Sorted(maps.Keys(config)) {
		p.Env = append(p.Env, name+"="+config[name])
	}
}

// bare returns the environment without what would change a process's ways: other emulators, proxies, the caller's settings.
func bare() []string {
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		switch name {
		case "PATH", "HOME", "TMPDIR", "TMP", "TEMP", "SYSTEMROOT", "GOMAXPROCS", "GOMEMLIMIT", "GOGC", "GODEBUG":
			env = append(env, kv)
		}
	}

	return env
}

// given are the addresses that FreeAddr has returned, which may have no listener yet.
var given sync.Map

// FreeAddr returns an address of this machine that nobody listens on. Its port is below those that outgoing connections use:
// one of these could otherwise take the port while a process is down.
func FreeAddr(tb testing.TB) string {
	tb.Helper()

	for range 1000 {
		addr := fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(12_000))
		if _, taken := given.LoadOrStore(addr, true); taken {
			continue
		}

		l, err := net.Listen("tcp", addr)
		if err != nil {
			continue
		}

		_ = l.Close()

		return addr
	}

	tb.Fatal("no free ports")

	return ""
}

// jobs are run by one thread that lives as long as the test's process. Linux sends a parent's death signal when the thread ends
// that started the child, not the process.
var jobs = sync.OnceValue(func() chan<- func() {
	all := make(chan func())
	go func() {
		runtime.LockOSThread()

		for job := range all {
			job()
		}
	}()

	return all
})

// startOnThread starts a command from that thread.
func startOnThread(cmd *exec.Cmd) error {
	failed := make(chan error)
	jobs() <- func() { failed <- cmd.Start() }
	return <-failed
}
