package bench

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/GoogleCloudPlatform/functions-framework-go/funcframework"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/bundle/buildpack"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// Variables by which this test binary starts itself in another role.
const (
	roleVar    = "BENCH_ROLE"
	profileVar = "BENCH_PROFILE"
	pprofVar   = "BENCH_PPROF"
	// envVar has variables of the functions' processes, such as "GOGC=150 GOMEMLIMIT=400MiB", to compare with.
	envVar = "BENCH_ENV"

	cloudRole    = "cloud"
	functionRole = "function"
)

func TestMain(m *testing.M) {
	var err error
	switch role := os.Getenv(roleVar); role {
	case "":
		code := m.Run()
		built.remove()
		os.Exit(code)
	case cloudRole:
		err = runCloud(os.Args[1:])
	case functionRole: // in place of a binary of its own, when it is to be profiled
		servePprof()
		err = funcframework.StartHostPort("127.0.0.1", os.Getenv("PORT"))
	default:
		err = fmt.Errorf("no role %q", role)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// readyLine is what the cloud prints once its topics and secrets are there.
const readyLine = "the cloud is ready"

// runCloud is a local cloud in a process of its own, until it is told to end.
func runCloud(args []string) error {
	o := world.CloudOptions{Secrets: demo.Secrets(), Logger: logging.New(os.Stderr, logging.Options{Level: slog.LevelWarn})}
	flags := flag.NewFlagSet(cloudRole, flag.ContinueOnError)
	flags.StringVar(&o.Listen, "listen", "", "")
	flags.StringVar(&o.Keys, "keys", "", "")
	flags.StringVar(&o.Path, "state", "", "")
	flags.StringVar(&o.NotifyURL, "notify", "", "")
	flags.StringVar(&o.ReceiveURL, "receive", "", "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	servePprof()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cloud, err := world.StartCloud(ctx, o)
	if err != nil {
		return err
	}
	fmt.Println(readyLine)
	<-ctx.Done()
	return cloud.Close()
}

// servePprof serves profiles where the parent asked for it.
func servePprof() {
	addr := os.Getenv(pprofVar)
	if addr == "" {
		return
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/cpu", pprof.Profile)
	mux.Handle("/allocs", pprof.Handler("allocs"))
	go func() { _ = http.ListenAndServe(addr, mux) }()
}

// freeAddr is an address of this machine that nobody listens on.
func freeAddr(tb testing.TB) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func portOf(addr string) string { return addr[strings.LastIndexByte(addr, ':')+1:] }

// process is one of the product's processes.
type process struct {
	name, addr, pprof string
	pid               int
	cmd               *exec.Cmd
	log               *os.File
	ended             chan struct{}
}

// launch starts a process and returns once it listens on addr, and once the cloud says that it is ready. It is ended with
// the benchmark.
func launch(tb testing.TB, name, addr string, cmd *exec.Cmd) *process {
	tb.Helper()
	log, err := os.Create(filepath.Join(tb.TempDir(), name+".log"))
	if err != nil {
		tb.Fatal(err)
	}
	p := &process{name: name, addr: addr, cmd: cmd, log: log, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = log, log
	if os.Getenv(profileVar) != "" {
		p.pprof = freeAddr(tb)
		cmd.Env = append(cmd.Env, pprofVar+"="+p.pprof)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	p.pid = cmd.Process.Pid
	go func() {
		_ = cmd.Wait()
		close(p.ended)
	}()
	tb.Cleanup(func() { p.end(tb) })
	waitFor(tb, name, func() bool {
		if name == cloudRole {
			said, _ := os.ReadFile(log.Name())
			return strings.Contains(string(said), readyLine)
		}
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return false
		}
		return conn.Close() == nil
	})
	return p
}

// self is this process, which makes the load and simulates the provider.
func self() *process { return &process{name: "bench", pid: os.Getpid()} }

func (p *process) end(tb testing.TB) {
	tb.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(15 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
	if tb.Failed() {
		text, _ := os.ReadFile(p.log.Name())
		tb.Logf("the end of the log of %s:\n%s", p.name, text[max(0, len(text)-4000):])
	}
	_ = p.log.Close()
}

// usage is what a process has used.
type usage struct {
	cpu  time.Duration
	peak int64 // bytes resident at most
}

var errNoProc = errors.New("no /proc on this system")

// ticks a second are what Linux counts processor time in, on every architecture that Go runs on.
const ticks = 100

func (p *process) usage() (usage, error) {
	dir := "/proc/" + strconv.Itoa(p.pid)
	stat, err := os.ReadFile(dir + "/stat")
	if err != nil {
		return usage{}, errNoProc
	}
	// The second field is the name in brackets; user and system time are the 14th and 15th.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	var u usage
	for _, f := range fields[11:13] {
		n, bad := strconv.ParseInt(f, 10, 64)
		if bad != nil {
			return usage{}, bad
		}
		u.cpu += time.Duration(n) * time.Second / ticks
	}
	status, err := os.ReadFile(dir + "/status")
	if err != nil {
		return usage{}, err
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	_, err = fmt.Sscan(rest, &u.peak)
	u.peak <<= 10
	return u, err
}

// spent is the processor time that work takes of each process, and for how long after it they were still busy.
func spent(tb testing.TB, work func(), ps ...*process) (cpu []time.Duration, busy time.Duration) {
	tb.Helper()
	const look, resting = 20 * time.Millisecond, 15 // longer than the back-off of a first redelivery
	before := cpuOf(ps)
	work()
	ended := time.Now()
	after := cpuOf(ps)
	for quiet := 0; quiet < resting && time.Since(ended) < time.Minute; {
		time.Sleep(look)
		now := cpuOf(ps)
		if slices.Equal(now, after) {
			quiet++
			continue
		}
		quiet, after, busy = 0, now, time.Since(ended)
	}
	for i := range after {
		after[i] -= before[i]
	}
	return after, busy
}

func cpuOf(ps []*process) []time.Duration {
	all := make([]time.Duration, len(ps))
	for i, p := range ps {
		u, _ := p.usage()
		all[i] = u.cpu
	}
	return all
}

// profile writes CPU profiles of processes while work goes on and, at its end, what they have allocated, if that is asked for.
func profile(tb testing.TB, name string, ps ...*process) (stop func()) {
	tb.Helper()
	dir := os.Getenv(profileVar)
	if dir == "" {
		return func() {}
	}
	name = filepath.Join(dir, name)
	var fetching sync.WaitGroup
	for _, p := range ps {
		fetching.Go(func() { p.fetch(tb, "/cpu?seconds=5", name+"-"+p.name+".cpu") })
	}
	return func() {
		fetching.Wait()
		for _, p := range ps {
			p.fetch(tb, "/allocs", name+"-"+p.name+".allocs")
		}
	}
}

// fetch keeps one profile of the process in a file.
func (p *process) fetch(tb testing.TB, path, file string) {
	tb.Helper()
	resp, err := testkit.Client.Get("http://" + p.pprof + path)
	if err != nil {
		tb.Error(err)
		return
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err == nil {
		err = os.WriteFile(file, data, 0o600)
	}
	if err != nil {
		tb.Error(err)
	}
}

// binaries are the single-function programs, each built once.
type binaries struct {
	mu    sync.Mutex
	dir   string
	paths map[string]string
}

var built = binaries{paths: map[string]string{}}

// emptyFunction is the package of a function that does nothing, to compare the others with.
const emptyFunction = `package function

import (
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
)

func init() {
	functions.HTTP("Empty", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
}
`

// emptyName is the name of the function that does nothing.
const emptyName = "empty"

// of packs and builds one as it is deployed, and returns its path.
func (b *binaries) of(tb testing.TB, name string) string {
	tb.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if path, ok := b.paths[name]; ok {
		return path
	}
	if b.dir == "" {
		dir, err := os.MkdirTemp("", "bench") //nolint:usetesting // it outlives the benchmark that needs it first
		if err != nil {
			tb.Fatal(err)
		}
		b.dir = dir
	}
	if name == emptyName {
		b.paths[name] = buildpack.BuildTree(tb, b.empty(tb))
	} else {
		buildpack.Pack(tb, b.dir, name)
		b.paths[name] = buildpack.Build(tb, filepath.Join(b.dir, name+".zip"))
	}
	return b.paths[name]
}

// empty writes the tree of the function that does nothing, with the modules of the others, and returns its directory.
func (b *binaries) empty(tb testing.TB) string {
	tb.Helper()
	dir := filepath.Join(b.dir, emptyName)
	err := errors.Join(os.Mkdir(dir, 0o755), os.WriteFile(filepath.Join(dir, "function.go"), []byte(emptyFunction), 0o600))
	for _, file := range []string{"go.mod", "go.sum"} {
		text, unread := os.ReadFile(filepath.Join("..", "..", "..", "..", file))
		err = errors.Join(err, unread, os.WriteFile(filepath.Join(dir, file), text, 0o600))
	}
	if err != nil {
		tb.Fatal(err)
	}
	return dir
}

func (b *binaries) remove() {
	if b.dir != "" {
		_ = os.RemoveAll(b.dir)
	}
}
