package scenario

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/dispatch"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Killer has workers of notify die right after a provider has taken their message.
type Killer interface {
	// KillAfterPost arms the death of the next so many workers; 0 disarms it.
	KillAfterPost(times int)
	// Killing is how many are still to die.
	Killing() int
}

// Actor does steps on a running local run. All fields but Forward and Killer are needed.
type Actor struct {
	// URL is the base of every route, such as http://localhost:8080.
	URL       string
	Client    *http.Client
	Clock     clock.Clock
	Simulator *simulator.Simulator
	Cloud     *cloud.Cloud
	Store     *store.Store
	// Project is that of the cloud's topics and secrets.
	Project string
	// Zone is that of the platform's times.
	Zone *time.Location
	// Forward moves the clock ahead, and lets happen what is due meanwhile; nil where the clock cannot be moved.
	Forward func(ctx context.Context, d time.Duration) error
	// Killer is nil where workers do not die.
	Killer Killer
	// Keys reads the product's own keys, by which a customer is found.
	Keys func(context.Context) (dispatch.Keys, error)

	// Recorder notes what is done; nil notes nothing.
	Recorder *Recorder
	// Operator runs ops, and Runbook has its commands; both are left out where stories of operators are not played.
	Operator Operator
	Runbook  Runbook

	mu sync.Mutex
	// groups and tokens are what ops listed last; nil is nothing.
	groups, tokens []string
}

// Said is what came of a step at once.
type Said struct {
	// Words are for a person, without a dot.
	Words string
	// ID is the provider's id of what a shopper wrote, Pub/Sub's of an event.
	ID string
	// Note says why an event sends nothing, if that is known already.
	Note string
	// Lines are a command of ops and what it says.
	Lines []string
}

// errNoClock is the error of a step that the clock of a run does not allow.
var errNoClock = fault.New(fault.Conflict, "scenario.Do", "the clock of this run cannot be moved")

// Do does one step, without waiting for its time or for what comes of it. An error names the key of the step that cannot be done, or says what a route
// answered.
func (a *Actor) Do(ctx context.Context, s Step) (Said, error) {
	if err := s.check(); err != nil {
		return Said{}, err
	}
	if a.Recorder == nil {
		return a.act(ctx, s)
	}

	a.Recorder.before(ctx, a, s)
	at, step := a.Clock.Now(), a.numbered(s)

	said, err := a.act(ctx, s)
	if err == nil {
		a.Recorder.note(at, step)
	}

	return said, err
}

// act does a step that is as it has to be.
func (a *Actor) act(ctx context.Context, s Step) (Said, error) {
	switch s.Do {
	case Subscribe:
		return a.portal(ctx, s, "ACTIVE")
	case Withdraw:
		return a.portal(ctx, s, "INACTIVE")
	case Event:
		return a.publish(ctx, s)
	case Answer:
		return a.answer(ctx, s)
	case Phone:
		return Said{Words: "the phone " + s.Phone + " is set"}, a.call(ctx, http.MethodPut, "/local/phones/"+url.PathEscape(s.Phone), s.Settings, nil)
	case StartFault:
		return a.startFault(s)
	case Mend:
		return a.mend(s)
	case Forward:
		return a.forward(ctx, time.Duration(s.For))
	case Until:
		return a.until(ctx, s)
	case Change:
		return a.changeTemplate(ctx, s)
	case Key:
		return a.setKey(ctx, s)
	case Forge:
		return a.forge(ctx, s)
	case Operate:
		return a.operate(ctx, s)
	default:
		return a.keepDead(ctx, s)
	}
}

// portal checks or clears the portal's box of an order.
func (a *Actor) portal(ctx context.Context, s Step, status string) (Said, error) {
	o, err := a.order(ctx, s.Order)
	if err != nil {
		return Said{}, err
	}

	body := map[string]string{
		"contactPhone":   o.Address.Phone,
		"customerName":   o.Address.Name,
		"email":          o.Address.Email,
		"accountId":      o.accountID,
		"whatsAppStatus": status,
	}
	if err = a.call(ctx, http.MethodPost, orderPath+s.Order, body, nil); err != nil {
		return Said{}, err
	}

	words := "the shopper of order " + s.Order + " has checked the portal's box"
	if status != "ACTIVE" {
		words = "the shopper of order " + s.Order + " has cleared the portal's box"
	}

	return Said{Words: words}, nil
}

// orderPath is the path of the portal's order, without the order's id.
const orderPath = "/_ah/api/esb/v2/order/"

// publish has the platform tell an event of now.
func (a *Actor) publish(ctx context.Context, s Step) (Said, error) {
	body, err := a.event(ctx, s)
	if err != nil {
		return Said{}, err
	}

	var answer struct {
		MessageID string `json:"messageId"`
		Note      string `json:"note"`
	}
	if err = a.call(ctx, http.MethodPost, "/local/events", json.RawMessage(body), &answer); err != nil {
		return Said{}, err
	}

	return Said{Words: "the platform tells " + s.Event + " of order " + s.Order, ID: answer.MessageID, Note: answer.Note}, nil
}

// event returns the platform's event of a step, with the time of now.
func (a *Actor) event(ctx context.Context, s Step) ([]byte, error) {
	o, err := a.order(ctx, s.Order)
	if err != nil {
		return nil, err
	}

	return o.event(o.accountID, s.Event, s.Parcel, a.Clock.Now().In(a.Zone))
}

// answer has a shopper write.
func (a *Actor) answer(ctx context.Context, s Step) (Said, error) {
	reply := *s.Reply

	if s.Message > 0 {
		id, err := a.messageID(s.Phone, reply.Kind, s.Message)
		if err != nil {
			return Said{}, err
		}

		reply.To = id
	}

	var answer struct {
		ID string `json:"id"`
	}
	if err := a.call(ctx, http.MethodPost, "/local/inbox/"+url.PathEscape(s.Phone)+"/reply", reply, &answer); err != nil {
		return Said{}, err
	}

	words := "the shopper writes"
	if reply.Button != "" {
		words = fmt.Sprintf("the shopper taps %q", reply.Button)
	} else if reply.Kind != "" {
		words += " (" + reply.Kind + ")"
	}

	return Said{Words: words, ID: answer.ID}, nil
}

// changes reports whether an answer is about what the shopper wrote before.
func changes(kind string) bool { return kind == "edit" || kind == "revoke" }

// wrote are the ids of what a shopper wrote, the oldest first.
func (a *Actor) wrote(number string) []string {
	var ids []string

	for _, l := range a.Simulator.Phones().Thread(digitsOf(number)) {
		if l.Said != nil {
			ids = append(ids, l.Said.ID)
		}
	}

	return ids
}

// startFault makes something go wrong from now on.
func (a *Actor) startFault(s Step) (Said, error) {
	f, _ := FaultOf(s.Fault)

	times := f.Times
	if s.Times > 0 {
		times = s.Times
	}

	var err error

	switch {
	case f.Worker && a.Killer == nil:
		err = fault.Field("fault", "cannot be on this run: its workers are processes of their own")
	case f.Worker:
		a.Killer.KillAfterPost(times)
	case f.Cloud != nil:
		rule := *f.Cloud
		rule.Times = times
		_, err = a.Cloud.Rules().Add(rule)
	default:
		hit := *f.Simulator
		hit.Times = times

		a.Simulator.Faults().Remove(f.ID)
		_, err = a.Simulator.Faults().Add(hit)
	}

	return Said{Words: f.Words + often(times)}, err
}

// often says how often a fault strikes.
func often(times int) string {
	switch times {
	case 0:
		return ", until it is mended"
	case 1:
		return ", once"
	default:
		return fmt.Sprintf(", %d times", times)
	}
}

// mend ends one fault, or all.
func (a *Actor) mend(s Step) (Said, error) {
	for _, f := range Faults() {
		if s.Fault != "" && s.Fault != f.ID {
			continue
		}

		a.Simulator.Faults().Remove(f.ID)
		a.Cloud.Rules().Remove(f.ID)

		if f.Worker && a.Killer != nil {
			a.Killer.KillAfterPost(0)
		}
	}

	if s.Fault == "" {
		a.Simulator.Faults().Clear()
		a.Cloud.Rules().Clear()

		return Said{Words: "all is mended"}, nil
	}

	return Said{Words: "mended: " + s.Fault}, nil
}

// InForce is a fault that is in force.
type InForce struct {
	Fault

	// Left is how often it still strikes; 0 is until it is mended.
	Left int
}

// InForce are the faults of [Faults] that are in force, in their order. Those that are used up are not.
func (a *Actor) InForce() []InForce {
	left := map[string]int{}

	for _, f := range a.Simulator.Faults().All() {
		left[f.ID] = f.Times
	}

	for _, r := range a.Cloud.Rules().List() {
		if r.Times == 0 || r.Hits < r.Times {
			left[r.ID] = max(r.Times-r.Hits, 0)
		}
	}

	var all []InForce

	for _, f := range Faults() {
		if f.Worker && a.Killer != nil && a.Killer.Killing() > 0 {
			left[f.ID] = a.Killer.Killing()
		}
		if n, in := left[f.ID]; in {
			all = append(all, InForce{Fault: f, Left: n})
		}
	}

	return all
}

// forward moves the clock ahead.
func (a *Actor) forward(ctx context.Context, d time.Duration) (Said, error) {
	if a.Forward == nil {
		return Said{}, errNoClock
	}

	return Said{Words: "the clock is moved ahead by " + d.String()}, a.Forward(ctx, d)
}

const (
	// usualWait is how long something is awaited unless the step says so, by the clock, and look how often it is looked at.
	usualWait = time.Hour
	look      = 5 * time.Second
)

// until moves the clock ahead until the order is as the step says.
func (a *Actor) until(ctx context.Context, s Step) (Said, error) {
	if a.Forward == nil {
		return Said{}, errNoClock
	}

	wait := time.Duration(s.For)
	if wait == 0 {
		wait = usualWait
	}

	what := "a message of order " + s.Order + " is " + s.Status
	if s.Consent != "" {
		what = "the portal's key of order " + s.Order + " is " + s.Consent
	}

	for end := a.Clock.Now().Add(wait); ; {
		holds, err := a.holds(ctx, s)
		if err != nil {
			return Said{}, err
		}
		if holds {
			return Said{Words: what}, nil
		}
		if !a.Clock.Now().Before(end) {
			return Said{}, fmt.Errorf("within %s it was not so: %s", wait, what)
		}
		if err = a.Forward(ctx, look); err != nil {
			return Said{}, err
		}
	}
}

// holds reports whether an order is as a step says.
func (a *Actor) holds(ctx context.Context, s Step) (bool, error) {
	e, err := a.OrderEnd(ctx, s.Order)
	if err != nil {
		return false, err
	}

	if s.Consent != "" {
		return e.Consent == s.Consent, nil
	}

	for _, m := range e.Messages {
		if m.Status == s.Status {
			return true, nil
		}
	}

	return false, nil
}

// maxAnswer is the most of an answer that is read.
const maxAnswer = 4 << 20

// call makes a request to the run. An answer that is no success is an error with what it says, and its field.
func (a *Actor) call(ctx context.Context, method, path string, body, into any) error {
	var sent io.Reader = http.NoBody

	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return err
		}

		sent = bytes.NewReader(data)
	}

	req, err := http.NewRequestWithContext(ctx, method, a.URL+path, sent)
	if err != nil {
		return err
	}

	req.Header.Set("Content-Type", "application/json")

	resp, err := a.Client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()

	got, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))

	switch {
	case err != nil:
		return err
	case resp.StatusCode/100 != 2:
		return refused(method, path, resp.StatusCode, got)
	case into == nil:
		return nil
	default:
		return json.Unmarshal(got, into)
	}
}

// errRefused is the error of a request that a route turned down.
var errRefused = errors.New("turned down")

// refused returns the error of an answer that is no success. The path of a webhook has its token, and that of a phone its number: neither is told.
func refused(method, path string, status int, body []byte) error {
	var said struct {
		Detail string `json:"detail"`
		Field  string `json:"field"`
		Error  string `json:"error"`
		Reason string `json:"reason"`
	}
	_ = json.Unmarshal(body, &said)

	if said.Field != "" {
		return &fault.Error{Kind: fault.Invalid, Op: "scenario.Do", Field: said.Field, Msg: said.Detail, Err: errRefused}
	}

	route, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if strings.HasPrefix(path, "/local/") {
		route = strings.Join(strings.SplitN(path, "/", 4)[1:3], "/")
	}

	why := strings.TrimSpace(said.Detail + said.Error + " " + said.Reason)

	return fmt.Errorf("%w: %s /%s answered %d: %s", errRefused, method, route, status, why)
}
