package meta

import (
	"cmp"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/callback"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
)

// message is one accepted message.
type message struct {
	tenant.Message

	app     *app
	ref     string
	filled  *filling
	text    string
	replies []choice
	fail    int
	// marketing says that it came by the route for marketing templates.
	marketing bool
}

// choice is a reply button of a session message.
type choice struct{ id, title string }

// Show is the message on the shopper's phone.
func (m *message) Show(now time.Time) handset.Message {
	out := handset.Message{ID: m.ID, Text: m.text, Buttons: []string{}}
	for _, r := range m.replies {
		out.Buttons = append(out.Buttons, r.title)
	}

	if m.filled != nil {
		out.Text, out.Buttons, out.Template = m.filled.rendered(), m.filled.t.labels(), m.filled.t.Name
	}

	m.ShowState(&out, now)

	return out
}

// category is the word for it in reports, another one of what came by the route for marketing templates (shared/provider/meta/CONTRACT.md
// section 2.6).
func (m *message) category() string {
	switch {
	case m.filled == nil:
		return "service"
	case m.marketing:
		return "marketing_lite"
	}

	return strings.ToLower(m.filled.t.Category)
}

// plan lays down the course of the message and hands the callbacks about it on. Call with mu held.
func (s *Server) plan(m *message) {
	b := &m.app.Behaviour
	m.Proceed(&b.Behaviour, m.fail != 0)

	for i, stage := range m.Course {
		if stage.State == "delivered" && b.SkipDelivered && b.AutoRead {
			continue
		}

		s.emit(m.app, &notice{
			kind:      stage.State,
			messageID: m.ID,
			at:        stage.At,
			field:     "messages",
			value:     m.statusValue(stage.State, stage.At),
		}, m.Posting(i, &b.Behaviour, s.cfg.IDs))
	}
}

// notice is something that an app's webhook is told.
type notice struct {
	kind, messageID string
	at              time.Time
	field           string
	value           object
}

// emit hands the notice on. Call with mu held.
func (s *Server) emit(a *app, n *notice, p tenant.Posting) {
	b := &a.Behaviour
	if !b.Callbacks {
		return
	}

	url := a.receiver(n.field)
	// Held callbacks are of use to a test even before anybody has subscribed.
	if url == "" && !b.Hold {
		return
	}

	if b.Batch > 1 && !b.Hold && n.field == "messages" && !b.Older {
		for _, lag := range p.Lags {
			s.gather(a, n, url, lag)
		}
		return
	}

	body := a.envelope(n.at, []object{{"field": n.field, "value": n.value}})
	s.cfg.Send(callback.Callback{
		AppID:     a.ID,
		Kind:      n.kind,
		MessageID: n.messageID,
		Body:      body,
		URL:       url,
		Header:    a.header(body),
	}, &b.Behaviour, p)
}

// receiver is where callbacks of a field go: the number's override before the business account's before the app's, and
// nowhere unless the business account is subscribed (shared/provider/meta/CONTRACT.md section 5). News of templates
// and account know no number. Call with mu held.
func (a *app) receiver(field string) string {
	url, subscribed := a.waba.subs[a.AppSecret]
	switch {
	case !subscribed:
		return ""
	case a.override != "" && (field == "messages" || field == "standby" || field == "user_preferences"):
		return a.override
	case url != "":
		return url
	}

	return a.CallbackURL
}

// batchKey is where and when a batch goes out.
type batchKey struct {
	app string
	url string
	due int64
}

// batch is updates of one number that go out together.
type batch struct {
	due    time.Time
	values []object
}

// gather puts a notice into the batch of its time. Call with mu held.
func (s *Server) gather(a *app, n *notice, url string, lag time.Duration) {
	within := cmp.Or(max(a.Behaviour.BatchWithin, 0), time.Second)
	now := s.cfg.Clock.Now()
	due := now.Add(max(lag, 0)).Truncate(within).Add(within)
	key := batchKey{a.ID, url, due.UnixNano()}
	open := s.batches[key]
	if open == nil {
		open = &batch{due: due}
		s.batches[key] = open
		s.cfg.Clock.AfterFunc(due.Sub(now), s.FlushDue)
	}

	open.values = append(open.values, n.value)
}

// FlushDue hands the batches that are due by the clock to the outbox. The clock does it by itself as well; a test that
// moves the clock by hand calls it before it waits for the outbox.
func (s *Server) FlushDue() {
	s.mu.Lock()
	defer s.mu.Unlock()

	now := s.cfg.Clock.Now()
	for key, open := range s.batches {
		if !open.due.After(now) {
			delete(s.batches, key)
			s.flush(s.apps[key.app], key.url, open)
		}
	}
}

// flush posts a batch, in as many callbacks as the behaviour's size asks for. Call with mu held.
func (s *Server) flush(a *app, url string, full *batch) {
	for values := full.values; len(values) > 0; {
		n := min(max(a.Behaviour.Batch, 1), len(values))
		body := a.envelope(full.due, []object{{"field": "messages", "value": merge(values[:n])}})
		values = values[n:]

		s.cfg.Outbox.Add(callback.Callback{
			AppID:  a.ID,
			Kind:   "batch",
			Body:   body,
			URL:    url,
			Header: a.header(body),
		}, callback.Plan{Retry: a.Behaviour.Retry})
	}
}

// merge makes one value of several of the same number.
func merge(values []object) object {
	out := object{}
	for _, v := range values {
		for name, part := range v {
			if items, ok := part.([]object); ok {
				before, _ := out[name].([]object)
				out[name] = append(before, items...)
			} else {
				out[name] = part
			}
		}
	}

	return out
}
