// Package chaos makes a simulated system fail on demand: it refuses, throttles, hangs, cuts connections, loses answers
// after accepting, or answers nonsense, for chosen requests and a chosen number of times. Faults are plain data, so that
// a test, a person with curl, or a settings file can hold them.
package chaos

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
)

// Mode is what goes wrong.
type Mode string

// The modes. "Before" means that nothing was done for the request, "after" that the system did its work and the client
// does not learn of it. The modes of messages let the request through and make the message fail later, by callback. Those of
// callbacks hit what a provider tells the webhook, of messages and of answers, at the time when it is to be posted first.
const (
	// Refuse answers Status (default 400) with the system's error body and Message.
	Refuse Mode = "refuse"
	// Throttle answers 429 with Retry-After: RetryAfterSeconds (default 1; negative leaves the header out).
	Throttle Mode = "throttle"
	// WrongCredentials answers 401 with the system's own words.
	WrongCredentials Mode = "wrong_credentials" //nolint:gosec // the name of a fault, no credential
	// Unavailable answers Status (default 503) with the system's error body.
	Unavailable Mode = "unavailable"
	// HTML502Before answers a gateway's HTML page.
	HTML502Before Mode = "html_502_before"
	// TimeoutBefore answers nothing until the client gives up.
	TimeoutBefore Mode = "timeout_before"
	// ResetBefore cuts the connection.
	ResetBefore Mode = "reset_before"
	// HTML502After does the work, then answers a gateway's HTML page.
	HTML502After Mode = "html_502_after"
	// TimeoutAfter does the work, then answers nothing until the client gives up.
	TimeoutAfter Mode = "timeout_after"
	// ResetAfter does the work, then cuts the connection.
	ResetAfter Mode = "reset_after"
	// Truncated does the work and answers, but half of the body is missing.
	Truncated Mode = "truncated"
	// NoID does the work and answers its status without the identifier.
	NoID Mode = "no_id"
	// Malformed does the work and answers its status with a body that is no JSON.
	Malformed Mode = "malformed"
	// Slow waits DelayMillis on the simulator's clock, then goes on as usual.
	Slow Mode = "slow"
	// PausedTemplate fails the accepted message: its template is paused.
	PausedTemplate Mode = "paused_template"
	// LowBalance fails the accepted message: the account cannot pay.
	LowBalance Mode = "low_balance"
	// AccountDisabled fails the accepted message: the account is locked.
	AccountDisabled Mode = "account_disabled"
	// FailCallback fails the accepted message with Code, the provider's own number.
	FailCallback Mode = "fail_callback"
	// LateCallbacks posts callbacks DelayMillis later.
	LateCallbacks Mode = "late_callbacks"
	// LostCallbacks never posts callbacks.
	LostCallbacks Mode = "lost_callbacks"
	// DoubledCallbacks posts callbacks twice.
	DoubledCallbacks Mode = "doubled_callbacks"
)

var transportModes = []Mode{
	Refuse, Throttle, WrongCredentials, Unavailable, HTML502Before, TimeoutBefore, ResetBefore,
	HTML502After, TimeoutAfter, ResetAfter, Truncated, NoID, Malformed, Slow,
}

var outcomeModes = []Mode{PausedTemplate, LowBalance, AccountDisabled, FailCallback}

var callbackModes = []Mode{LateCallbacks, LostCallbacks, DoubledCallbacks}

// Modes lists every mode.
func Modes() []Mode { return slices.Concat(transportModes, outcomeModes, callbackModes) }

// ErrInvalid is wrapped by the errors about a fault that cannot be set. They name what is wrong.
var ErrInvalid = errors.New("invalid fault")

// Fault is one thing that goes wrong. Empty System, Path and AppID match everything.
type Fault struct {
	// ID names the fault; one without gets an own id when it is set.
	ID string `json:"id"`
	// System is the simulated system: "gupshup", "meta", "kaleyra", "businessonbot" or "platform".
	System string `json:"system"`
	// Path is the end of the request's path, e.g. "/template/msg".
	Path string `json:"path,omitempty"`
	// AppID is the provider's identifier of the app that asks.
	AppID string `json:"appId,omitempty"`
	// Skip lets this many matching requests, or callbacks, pass first.
	Skip int `json:"skip,omitempty"`
	// Times is how many matching requests, or callbacks, are hit before the fault is spent; 0 means until it is removed.
	Times int `json:"times,omitempty"`
	// Mode is what happens.
	Mode Mode `json:"mode"`
	// Status, Message, Code, RetryAfterSeconds and DelayMillis are details of some modes.
	Status            int    `json:"status,omitempty"`
	Message           string `json:"message,omitempty"`
	Code              int    `json:"code,omitempty"`
	RetryAfterSeconds int    `json:"retryAfterSeconds,omitempty"`
	DelayMillis       int64  `json:"delayMs,omitempty"`
}

// matches reports whether the fault is about what an app asks, or is told: a callback has no path.
func (f *Fault) matches(system, path, appID string) bool {
	return (f.System == "" || f.System == system) &&
		(path == "" || strings.HasSuffix(path, f.Path)) &&
		(f.AppID == "" || f.AppID == appID)
}

// List is the faults in force. It is safe for concurrent use.
type List struct {
	clock  clock.Clock
	busy   atomic.Bool
	mu     sync.Mutex
	faults []Fault
	names  int
	once   sync.Once
	closed chan struct{}
	// hanging are the requests that get no answer until their client gives up.
	hanging atomic.Int64
}

// New returns an empty list whose delays run on c.
func New(c clock.Clock) *List { return &List{clock: c, closed: make(chan struct{})} }

// All returns the faults in force, with the Skip and Times that remain.
func (l *List) All() []Fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Fault{}, l.faults...)
}

// Set replaces every fault, or changes nothing and returns an error that wraps [ErrInvalid].
func (l *List) Set(faults []Fault) error {
	l.mu.Lock()
	defer l.mu.Unlock()

	next := make([]Fault, 0, len(faults))
	for _, f := range faults {
		var err error
		if next, err = l.with(next, f); err != nil {
			return err
		}
	}

	l.replace(next)

	return nil
}

// Add puts f behind the others and returns its id. Of several that match, the first is taken.
func (l *List) Add(f Fault) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()

	next, err := l.with(l.faults, f)
	if err != nil {
		return "", err
	}

	l.replace(next)

	return next[len(next)-1].ID, nil
}

// Remove ends one fault and reports whether it was there.
func (l *List) Remove(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()

	before := len(l.faults)
	l.replace(slices.DeleteFunc(l.faults, func(f Fault) bool { return f.ID == id }))

	return len(l.faults) < before
}

// Clear ends every fault; requests that hang because of one go on hanging.
func (l *List) Clear() {
	l.mu.Lock()
	defer l.mu.Unlock()

	l.replace(nil)
}

// Close cuts every hanging request. It may be called more than once.
func (l *List) Close() { l.once.Do(func() { close(l.closed) }) }

// Hanging is how many requests hang now.
func (l *List) Hanging() int { return int(l.hanging.Load()) }

func (l *List) with(faults []Fault, f Fault) ([]Fault, error) {
	if err := f.validate(); err != nil {
		return nil, err
	}

	if f.ID == "" {
		l.names++
		f.ID = fmt.Sprintf("fault-%d", l.names)
	}

	if slices.ContainsFunc(faults, func(o Fault) bool { return o.ID == f.ID }) {
		return nil, fmt.Errorf("%w: id is another fault's", ErrInvalid)
	}

	return append(slices.Clip(faults), f), nil
}

func (l *List) replace(faults []Fault) {
	l.faults = faults
	l.busy.Store(len(faults) > 0)
}

// Outcome takes the fault, if any, that makes a message fail which is being accepted now.
func (l *List) Outcome(system, path, appID string) (Fault, bool) {
	return l.take(outcomeModes, system, path, appID)
}

// Callback takes the fault, if any, that hits a callback of a system's app which is due now.
func (l *List) Callback(system, appID string) (Fault, bool) {
	return l.take(callbackModes, system, "", appID)
}

func (l *List) take(modes []Mode, system, path, appID string) (Fault, bool) {
	if !l.busy.Load() {
		return Fault{}, false
	}

	l.mu.Lock()
	defer l.mu.Unlock()

	for i := range l.faults {
		f := &l.faults[i]
		if !slices.Contains(modes, f.Mode) || !f.matches(system, path, appID) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}

		taken := *f
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				l.replace(slices.Delete(l.faults, i, i+1))
			}
		}

		return taken, true
	}

	return Fault{}, false
}

func (f *Fault) delay() time.Duration { return time.Duration(f.DelayMillis) * time.Millisecond }

func (f *Fault) status(otherwise int) int {
	if f.Status != 0 {
		return f.Status
	}
	return otherwise
}

func (f *Fault) message(otherwise string) string {
	if f.Message != "" {
		return f.Message
	}
	return otherwise
}

func (f *Fault) retryAfter() int {
	if f.RetryAfterSeconds == 0 {
		return 1
	}
	return f.RetryAfterSeconds
}
