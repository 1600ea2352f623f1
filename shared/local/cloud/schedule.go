package cloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
)

// jobTimeout is the attempt deadline of a scheduled request; Cloud Scheduler's default is 3 minutes.
const jobTimeout = 3 * time.Minute

// ScheduledCall is what Cloud Scheduler does.
type ScheduledCall struct {
	// URL gets a POST now, and then every so often.
	URL   string
	Every time.Duration
	// ServiceAccount and Audience are those of the call's token.
	ServiceAccount, Audience string
}

// Schedule makes the calls as Cloud Scheduler does, with its header X-CloudScheduler and a token.
func (c *Cloud) Schedule(s ScheduledCall) (stop func()) {
	client := &http.Client{Timeout: jobTimeout, Transport: &http.Transport{}}
	return c.jobs.every(s.Every, s.URL, true, func(ctx context.Context) error {
		return post(ctx, client, s.URL, c.tokens.Token(s.ServiceAccount, s.Audience))
	})
}

var errStatus = errors.New("unexpected status")

func post(ctx context.Context, client *http.Client, url, token string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, http.NoBody)
	if err != nil {
		return err
	}

	req.Header.Set("User-Agent", "Google-Cloud-Scheduler")
	req.Header.Set("X-CloudScheduler", "true") //nolint:canonicalheader // the documented spelling
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := client.Do(req)
	if err != nil {
		return err
	}

	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	err = errors.Join(err, resp.Body.Close())
	if err == nil && resp.StatusCode/100 != 2 {
		err = fmt.Errorf("%w %d", errStatus, resp.StatusCode)
	}

	return err
}

// scheduler runs jobs on a clock.
type scheduler struct {
	clock  clock.Clock
	logger *slog.Logger
	ctx    context.Context //nolint:containedctx // the life of the scheduler: ends running jobs at close
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu     sync.Mutex
	jobs   map[*job]struct{}
	closed bool
	change chan struct{} // closed when a run ends
}

// job is one thing to do; guarded by the scheduler's mu.
type job struct {
	name    string
	every   time.Duration
	do      func(ctx context.Context) error
	next    time.Time
	timer   clock.Timer
	running bool
}

func newScheduler(c clock.Clock, logger *slog.Logger) *scheduler {
	s := &scheduler{
		clock:  c,
		logger: logger,
		jobs:   map[*job]struct{}{},
		change: make(chan struct{}),
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())

	return s
}

// every adds a job, which runs at once if now is set.
func (s *scheduler) every(d time.Duration, name string, now bool, do func(ctx context.Context) error) (stop func()) {
	j := &job{name: name, every: max(d, time.Millisecond), do: do}

	s.mu.Lock()
	defer s.mu.Unlock()

	if s.closed {
		return func() {}
	}

	s.jobs[j] = struct{}{}
	j.next = s.clock.Now().Add(j.every)
	s.arm(j)
	if now {
		s.start(j)
	}

	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()

		j.timer.Stop()
		delete(s.jobs, j)
	}
}

// arm sets the timer to the job's next time. Call with mu held.
func (s *scheduler) arm(j *job) {
	j.timer = s.clock.AfterFunc(j.next.Sub(s.clock.Now()), func() { s.due(j) })
}

// due starts a job whose time has come and sets the timer to the next time that is still to come.
func (s *scheduler) due(j *job) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if _, ok := s.jobs[j]; !ok || s.closed {
		return
	}

	for now := s.clock.Now(); !j.next.After(now); {
		j.next = j.next.Add(j.every)
	}

	s.arm(j)
	s.start(j)
}

// start runs a job unless it is running. Call with mu held.
func (s *scheduler) start(j *job) {
	if j.running {
		return
	}

	j.running = true
	s.wg.Go(func() {
		if err := j.do(s.ctx); err != nil && s.ctx.Err() == nil {
			s.logger.WarnContext(s.ctx, "scheduled job failed", "job", j.name, "error", err)
		}

		s.mu.Lock()
		defer s.mu.Unlock()

		j.running = false

		close(s.change)
		s.change = make(chan struct{})
	})
}

// idle reports that no job runs or is due.
func (s *scheduler) idle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.idleLocked()
}

func (s *scheduler) idleLocked() bool {
	now := s.clock.Now()
	for j := range s.jobs {
		if j.running || !j.next.After(now) {
			return false
		}
	}

	return true
}

// wait returns once no job runs or is due.
func (s *scheduler) wait(ctx context.Context) error {
	for {
		s.mu.Lock()
		idle, change := s.idleLocked(), s.change
		s.mu.Unlock()
		if idle {
			return nil
		}

		select {
		case <-change:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// close stops all jobs and waits for those running.
func (s *scheduler) close() {
	s.mu.Lock()

	s.closed = true
	for j := range s.jobs {
		j.timer.Stop()
	}
	s.mu.Unlock()
	s.cancel()
	s.wg.Wait()
}
