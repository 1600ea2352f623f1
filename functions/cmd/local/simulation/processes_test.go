package simulation

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a seed may take, in a process that others slow down.
const patience = 3 * time.Minute

// fleet is the processes that share the seeds, and what they have reported.
type fleet struct {
	end   context.CancelFunc
	began time.Time

	mu    sync.Mutex
	seeds int
	sum   outcome
	// parted is how many seeds needed a third run.
	parted int
	// failing are the seeds that found something.
	failing []outcome
	// broken are what processes said before they ended without having reported all.
	broken []string
}

// simulateInProcesses has processes of their own run the seeds, makes the first failing ones shorter and says how much was tried.
func simulateInProcesses(t *testing.T) {
	t.Helper()

	n := *processes
	if n == 0 {
		n = runtime.NumCPU()
	}
	if *words || *show || *logs {
		fmt.Println("-words, -show and -log print nothing of a seed that finds nothing: for that, run it with -processes 1")
	}

	asked, stop := signal.NotifyContext(t.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	ctx, cancel := context.WithCancel(asked)
	defer cancel()

	f := &fleet{end: cancel, began: time.Now()}

	var running sync.WaitGroup
	for i := range min(n, *seeds) {
		running.Go(func() { f.process(ctx, i, n) })
	}

	ticker := time.NewTicker(10 * time.Second)
	defer ticker.Stop()

	ended := make(chan struct{})
	go func() { running.Wait(); close(ended) }()

	for live := true; live; {
		select {
		case <-ended:
			live = false
		case <-ticker.C:
			fmt.Println(f.progress())
		}
	}

	if asked.Err() != nil {
		t.Error("it was interrupted")
	}

	f.conclude(t)
}

// process runs every n-th seed from the i-th on.
func (f *fleet) process(ctx context.Context, i, n int) {
	count := (*seeds - i + n - 1) / n
	said, err := child(ctx, f.reported,
		"-seeds", fmt.Sprint(count), "-from", fmt.Sprint(*from+uint64(i)), "-every", fmt.Sprint(n), "-twice", fmt.Sprint(*twice), "-enough", fmt.Sprint(*enough))

	if err != nil && ctx.Err() == nil {
		f.mu.Lock()
		defer f.mu.Unlock()

		f.broken = append(f.broken, fmt.Sprintf("a process ended with %v:\n%s", err, said))
		f.end()
	}
}

// child runs this test's program with TestSimulate in a process of its own, which reports each seed. What else it said is returned.
func child(ctx context.Context, reported func(outcome), args ...string) (said string, err error) {
	program, err := os.Executable()
	if err != nil {
		return "", err
	}

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	cmd := exec.CommandContext(ctx, program, append([]string{"-test.run", "^TestSimulate$", "-test.timeout", "0", "-lines"}, args...)...)
	out, in := io.Pipe()
	cmd.Stdout, cmd.Stderr = in, in
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is ours to tell it, so that what it has reported is summed up

	if err = cmd.Start(); err != nil {
		return "", err
	}

	go func() { _ = in.CloseWithError(cmd.Wait()) }()

	// A seed that never ends would be waited for without end.
	var last uint64
	stuck := time.AfterFunc(patience, func() { cancel(fmt.Errorf("a seed took more than %s", patience)) })
	defer stuck.Stop()

	var rest strings.Builder
	for lines := bufio.NewReader(out); ; {
		var line string
		if line, err = lines.ReadString('\n'); err != nil {
			break
		}

		text, is := strings.CutPrefix(line, mark)
		if !is {
			rest.WriteString(line)
			continue
		}

		var o outcome
		if err = decode([]byte(text), &o); err != nil {
			return rest.String(), err
		}

		last = o.Seed
		stuck.Reset(patience)
		if !o.Begins {
			reported(o)
		}
	}

	if errors.Is(err, io.EOF) {
		return rest.String(), nil
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}

	return rest.String(), fmt.Errorf("at seed %d: %w", last, err)
}

// reported takes note of what came of a seed.
func (f *fleet) reported(o outcome) {
	f.mu.Lock()
	defer f.mu.Unlock()

	f.seeds++
	f.sum.Occurrences += o.Occurrences
	f.sum.Accepted += o.Accepted
	f.sum.Struck += o.Struck
	if o.Parted {
		f.parted++
	}

	if len(o.Findings) == 0 {
		return
	}

	f.failing = append(f.failing, o)
	fmt.Printf("seed %d found %d: %s\n", o.Seed, len(o.Findings), short(o.Findings[0].Text))

	if len(f.failing) >= *enough {
		f.end()
	}
}

// progress is what there is to say while it runs.
func (f *fleet) progress() string {
	f.mu.Lock()
	defer f.mu.Unlock()

	return fmt.Sprintf("%d of %d seeds, %.1f a second, %d with findings", f.seeds, *seeds, float64(f.seeds)/time.Since(f.began).Seconds(), len(f.failing))
}

// conclude makes failing seeds shorter, first one of each kind, and says how much was tried.
func (f *fleet) conclude(t *testing.T) {
	t.Helper()

	slices.SortFunc(f.failing, func(a, b outcome) int { return cmp.Compare(a.Seed, b.Seed) })

	var first, others []uint64
	kinds := map[string]bool{}
	for _, o := range f.failing {
		if kind := o.Findings[0].Kind; kinds[kind] {
			others = append(others, o.Seed)
		} else {
			kinds[kind] = true
			first = append(first, o.Seed)
		}
	}

	all := slices.Concat(first, others)
	for _, seed := range all[:min(*shrinks, len(all))] {
		f.explain(t, seed)
	}

	for _, b := range f.broken {
		t.Error(b)
	}

	verdict := "ok  "
	if len(f.failing) > 0 || t.Failed() {
		verdict = "FAIL"
	}

	fmt.Printf("%s simulation: %d seeds from %d on in %s, %d of them with findings; %d occurrences, %d messages accepted, %d calls struck; %d of the second runs had to be run once more\n",
		verdict, f.seeds, *from, time.Since(f.began).Round(time.Second), len(f.failing), f.sum.Occurrences, f.sum.Accepted, f.sum.Struck, f.parted)

	if len(f.failing) > 0 {
		t.Errorf("%d seeds found something", len(f.failing))
	}
	if runs := f.seeds / max(*twice, 1); f.parted > 3+runs/10 {
		t.Errorf("%d of %d seeds that ran twice needed a third run: that is no exception any more", f.parted, runs)
	}
}

// explain runs a seed again, here, and makes it shorter.
func (*fleet) explain(t *testing.T, seed uint64) {
	t.Helper()

	p := Draw(seed)
	r := runPlan(t, p)

	if len(r.Findings) == 0 {
		return // one of two runs in the other process found it, or parted from the other; it was printed
	}

	fmt.Println(explain(t, p, r))
}
