package scenario

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
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

// Actor does steps on a running local run. The fields before Forward are needed, the others may be left out. It is safe for concurrent use.
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
	// Keys reads the product's own keys, by which a customer is found.
	Keys func(context.Context) (dispatch.Keys, error)

	// Forward moves the clock ahead, and lets happen what is due meanwhile; nil where the clock cannot be moved.
	Forward func(ctx context.Context, d time.Duration) error
	// Killer is nil where workers do not die.
	Killer Killer
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
	// Answer is the status that the portal is told of a shopper.
	Answer string
	// At is when an event happens, to the second, as the platform tells it.
	At time.Time
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
	n := noted{at: a.Clock.Now(), step: a.numbered(s), mended: a.ends(s)}

	said, err := a.act(ctx, s)
	if err == nil {
		a.Recorder.note(n)
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
		return a.set(ctx, s)
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

	var answer struct {
		Status string `json:"status"`
	}
	if err = a.call(ctx, http.MethodPost, orderPath+s.Order, body, &answer); err != nil {
		return Said{}, err
	}

	does := " has checked the portal's box of order "
	if status != "ACTIVE" {
		does = " has cleared the portal's box of order "
	}

	return Said{Words: cmp.Or(o.firstName(), "the shopper") + does + s.Order, Answer: answer.Status}, nil
}

// set sets a phone.
func (a *Actor) set(ctx context.Context, s Step) (Said, error) {
	before := Settings(a.Simulator.Phones().Settings(digitsOf(s.Phone)))

	return Said{Words: a.settingWords(s.Phone, before, *s.Settings)}, a.call(ctx, http.MethodPut, "/local/phones/"+url.PathEscape(s.Phone), s.Settings, nil)
}

// orderPath is the path of the portal's order, without the order's id.
const orderPath = "/_ah/api/esb/v2/order/"

// publish has the platform tell an event of now.
func (a *Actor) publish(ctx context.Context, s Step) (Said, error) {
	at := a.Clock.Now().In(a.Zone).Truncate(time.Second)

	body, err := a.event(ctx, s, at)
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

	return Said{Words: "the platform tells " + s.Event + " of order " + s.Order, ID: answer.MessageID, Note: answer.Note, At: at}, nil
}

// event returns the platform's event of a step, which happens then.
func (a *Actor) event(ctx context.Context, s Step, at time.Time) ([]byte, error) {
	o, err := a.order(ctx, s.Order)
	if err != nil {
		return nil, err
	}

	return o.event(o.accountID, s.Event, s.Parcel, at)
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

	return Said{Words: a.answerWords(s), ID: answer.ID}, nil
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

// answerable are the ids of what an answer of a kind may be about, the oldest first: of a change what the shopper wrote, else the messages on the phone.
func (a *Actor) answerable(number, kind string) []string {
	if changes(kind) {
		return a.wrote(number)
	}

	var ids []string
	for _, m := range a.Simulator.Phones().Inbox(digitsOf(number)) {
		ids = append(ids, m.ID)
	}

	return ids
}

// forward moves the clock ahead.
func (a *Actor) forward(ctx context.Context, d time.Duration) (Said, error) {
	if a.Forward == nil {
		return Said{}, errNoClock
	}

	return Said{Words: passes(d)}, a.Forward(ctx, d)
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
