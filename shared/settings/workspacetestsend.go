package settings

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// Keys are the product's own keys that a test needs.
type Keys struct {
	// Phone makes the keys that replies are found by.
	Phone phone.Keyer
	// Reference seals what providers echo.
	Reference message.Sealer
}

const (
	// testWindow is how long ago the number of a test may have written to the app.
	testWindow = 24 * time.Hour
	// testLease is when sweep takes a test for one in doubt whose result was not recorded.
	testLease = 2 * time.Minute
	// testRetention is how long a test is kept.
	testRetention = 90 * 24 * time.Hour
	// testsADay is the most tests that an account sends in a day, which begins at midnight UTC. Nobody is charged for a test, but WhatsApp
	// charges the app, and counts it against the number's quality and limits: a script of a brand's must not send by this route what its
	// settings do not. There are 42 events; an operator who looks at each on two phones stays below.
	testsADay = 100
)

// TestLimitError says that an account has sent all tests of a day.
type TestLimitError struct {
	// RetryAfter is how long it is until the next day.
	RetryAfter time.Duration
}

// Error says how long to wait.
func (e *TestLimitError) Error() string {
	return fmt.Sprintf("settings: no more tests for %v", e.RetryAfter)
}

// SendTest sends an event's message with sample values to a number of the brand's own, as [Workspace.Preview] shows it, and returns it as
// it was recorded. It is marked as a test, nobody is charged for it, and the order platform is told nothing of it. What the provider
// reports of it is recorded as of any message.
//
// The number must have written to the app within 24 hours, and not to stop messages: that is its consent, else it is Conflict. To one whose owner
// has taken the consent to marketing back no marketing goes, neither an offer nor what WhatsApp has in that category. Through the
// platform's app, which is many brands', what it wrote last must be an answer to a message of this account. Other errors
// are those of Preview, [UnfitError] for a template that does not fit, TooMany with a [TestLimitError] once the account has sent 100 tests on
// a day, those that the provider refused included, Unavailable if the provider did not take the message for now, and
// Upstream if it refused it, or if nobody knows whether it took it.
func (w *Workspace) SendTest(ctx context.Context, c access.Caller, id string, event order.Kind, p Proposal, number string) (message.Message, error) {
	const op = "settings.SendTest"

	if err := c.May(access.Write, id); err != nil {
		return message.Message{}, err
	}

	t, err := w.trial(ctx, op, c, id, event, p)
	if err != nil {
		return message.Message{}, err
	}

	if t.to, err = phone.ParseWritten(number); err != nil {
		return message.Message{}, fault.Field("to", "must be an Indian mobile number, or one of another country that begins with + and its calling code")
	}

	keys, err := w.keys.Get(ctx)
	if err != nil {
		return message.Message{}, err
	}

	customer, err := w.mayTest(ctx, op, t, keys.Phone)
	if err != nil {
		return message.Message{}, err
	}

	m := w.testMessage(t, keys.Phone)

	req, err := t.sender.BuildTemplate(ctx, t.shelf.App, t.content(keys.Reference.Seal(m.AppID, message.Ref{MessageID: m.ID, Attempt: m.Attempt})))
	if err != nil {
		return message.Message{}, &fault.Error{Kind: fault.Conflict, Op: op, Msg: "the app's provider has no way to send this template", Err: err}
	}

	if err = w.takeTest(ctx, op, id); err != nil {
		return message.Message{}, err
	}
	if m, err = w.claimTest(ctx, m, t, customer); err != nil {
		return message.Message{}, err
	}

	callCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.timeout) // a caller who hangs up leaves no test in doubt
	defer cancel()

	receipt, err := provider.Do(callCtx, w.client, req, t.sender.ReadReceipt)
	if err != nil {
		return message.Message{}, errors.Join(refusedTest(op, t.shelf.Provider, err), w.refuseTest(context.WithoutCancel(ctx), m, err))
	}

	return w.acceptTest(context.WithoutCancel(ctx), m, t, receipt)
}

// takeTest counts a test that is about to be sent. It is TooMany if the account may send no more today.
func (w *Workspace) takeTest(ctx context.Context, op, accountID string) error {
	const day = 24 * time.Hour

	now := w.clock.Now().UTC()
	today := now.Truncate(day)

	within, err := w.store.TakeTest(ctx, accountID, today, testsADay)
	switch {
	case store.IsConflict(err):
		return fault.Wrap(fault.Unavailable, op, err)
	case err != nil || within:
		return err
	}

	return &fault.Error{
		Kind: fault.TooMany,
		Op:   op,
		Msg:  fmt.Sprintf("this account has sent its %d tests of today; try again after Retry-After", testsADay),
		Err:  &TestLimitError{RetryAfter: today.Add(day).Sub(now)},
	}
}

// trial is a test to be sent.
type trial struct {
	account account.Account
	shelf   shelf
	event   order.Kind
	filling template.Filling
	// saved says that the filling is that of the settings.
	saved    bool
	template template.Template
	sender   provider.TemplateSender
	to       phone.Number
}

// trial returns what is to be tested.
func (w *Workspace) trial(ctx context.Context, op string, c access.Caller, id string, event order.Kind, p Proposal) (trial, error) {
	a, s, err := w.shelfFor(ctx, op, c, id, p.AppID)
	if err != nil {
		return trial{}, err
	}

	t := trial{account: a, shelf: s, event: event, saved: p.Content == nil}

	var findings []template.Finding

	t.template, t.filling, err = w.templateFor(ctx, op, a, s, event, p)
	switch {
	case errors.Is(err, provider.ErrNoTemplate):
		findings = []template.Finding{template.Missing()}
	case err != nil:
		return trial{}, err
	default:
		findings = s.lint(ctx, t.template, template.Use{Event: event, Filling: t.filling})
	}

	for _, f := range findings {
		if f.Severity == template.SeverityError {
			return trial{}, &UnfitError{Findings: findingsOf(event, findings)}
		}
	}

	var can bool
	if t.sender, can = s.Provider.(provider.TemplateSender); !can || t.filling.Payment.Part != "" {
		return trial{}, fault.New(fault.Conflict, op, "a message with a payment needs a real order and cannot be tested; leave content.payment out to test the rest, or look at the preview")
	}

	return t, nil
}

// mayTest returns an error unless the owner of the number has asked for something lately, and for no end. It returns the customer of that
// number, if the account knows one. What was said by the number's other spelling counts, too.
func (w *Workspace) mayTest(ctx context.Context, op string, t trial, keyer phone.Keyer) (*store.Customer, error) {
	refuse := func(msg string) (*store.Customer, error) {
		return nil, &fault.Error{Kind: fault.Conflict, Op: op, Field: "to", Msg: msg}
	}

	keys := keyer.Keys(t.to)
	now := w.clock.Now()

	newest, err := w.store.NewestReply(ctx, t.shelf.app.ID, keys, now.Add(-testWindow))
	switch {
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return nil, err
	case err != nil || !t.concerns(newest):
		return refuse(t.unwritten()) // one text, which tells nothing of other brands
	case newest.Keyword == string(consent.Stop):
		return refuse(asksForNoMore)
	}

	var customer *store.Customer

	for i, key := range keys {
		c, err := w.store.Customer(ctx, store.CustomerID(t.account.ID, key))
		unknown := errors.Is(err, store.ErrNotFound)
		if unknown {
			c.Consent, err = w.store.Ordered(ctx, key) // the account knows no customer of that number
		}
		if err != nil {
			return nil, err
		}

		switch _, reason := consent.May(c.Consent, consent.OrderUpdates, now); reason { //nolint:exhaustive // who never agreed may be sent a test
		case message.OptedOut:
			return refuse(asksForNoMore)
		case message.Blocked:
			return refuse("must not be written to any more, as an authority has ordered")
		}
		if unknown {
			continue
		}
		if t.isMarketing() && c.Consent.Offers.Action == consent.Withdraw {
			return refuse("has asked for no more marketing, and this is a marketing message")
		}

		busy, err := w.onItsWay(ctx, t, c)
		switch {
		case err != nil:
			return nil, err
		case busy:
			return refuse("has another message on its way: try again in a few minutes")
		}

		if i == 0 {
			customer = &c
		}
	}

	return customer, nil
}

// isMarketing reports whether the test is an offer, or goes out as one.
func (t trial) isMarketing() bool {
	return account.IsMarketing(t.event.String()) || t.template.IsMarketing()
}

// asksForNoMore is what is said of a number whose owner does not want to be written to.
const asksForNoMore = "has asked for no more messages"

// concerns reports whether what somebody wrote to the app was written to the test's account.
func (t trial) concerns(r store.Reply) bool {
	return r.AccountID == t.account.ID || r.AccountID == "" && t.shelf.app.Ownership != message.Platform
}

// unwritten says of a number that it has not written to the test's account lately.
func (t trial) unwritten() string {
	if t.shelf.app.Ownership == message.Platform {
		return "has not answered a message of this brand within 24 hours, or has written otherwise since: answer one from that phone, and try again"
	}

	return "has not written to the app's number within 24 hours: send it any message from that phone, and try again"
}

// onItsWay reports whether another message to the customer has no answer yet, through an app whose reports could be taken for that one's.
func (w *Workspace) onItsWay(ctx context.Context, t trial, c store.Customer) (bool, error) {
	if !t.shelf.Provider.Capabilities().WithoutEcho() {
		return false, nil
	}

	return w.store.OnItsWay(ctx, c)
}

// content returns the message as the provider takes it. It is that of the preview.
func (t trial) content(ref string) provider.TemplateMessage {
	shown := template.Preview(t.template, t.filling, t.event)

	values := make([]string, len(shown.Values))
	for i, v := range shown.Values {
		values[i] = v.Text
	}

	return provider.TemplateMessage{
		To:        t.to,
		Template:  t.template,
		Values:    values,
		Media:     provider.Media(shown.Media),
		Ref:       ref,
		Postbacks: provider.Postbacks(t.template, ref),
		CopyCode:  shown.Code,
	}
}
