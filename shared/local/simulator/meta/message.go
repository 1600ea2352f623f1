package meta

import (
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/callback"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
)

// message is one accepted message.
type message struct {
	server      *Server
	app         *app
	id, ref     string
	destination string
	filled      *filling
	text        string
	replies     []choice
	fail        int
	acceptedAt  time.Time
	// stages is guarded by the server's mutex.
	stages handset.Course
}

// choice is a reply button of a session message.
type choice struct{ id, title string }

// Show is the message on the shopper's phone.
func (m *message) Show(now time.Time) handset.Message {
	out := handset.Message{ID: m.id, Text: m.text, Buttons: []string{}}
	for _, r := range m.replies {
		out.Buttons = append(out.Buttons, r.title)
	}
	if m.filled != nil {
		out.Text, out.Buttons, out.Template = m.filled.rendered(), m.filled.t.labels(), m.filled.t.Name
	}
	m.server.mu.Lock()
	defer m.server.mu.Unlock()
	m.stages.Show(&out, m.acceptedAt, now)
	return out
}

func (m *message) category() string {
	if m.filled == nil {
		return "service"
	}
	return strings.ToLower(m.filled.t.Category)
}

// plan lays down what becomes of the message and hands the callbacks about it on. Call with mu held.
func (s *Server) plan(m *message) {
	b := &m.app.behaviour
	step := func(state string, lag time.Duration) { m.stages.Add(m.acceptedAt, state, lag) }
	if m.fail != 0 {
		step("failed", b.Lag.Failed)
	} else {
		step("sent", b.Lag.Sent)
		step("delivered", b.Lag.Delivered)
		if b.AutoRead {
			step("read", b.Lag.Read)
		}
	}
	for i := range m.stages {
		if m.stages[i].State == "delivered" && b.SkipDelivered && b.AutoRead {
			continue
		}
		s.tell(m, i)
	}
}

// tell hands the callback about stage i on. Call with mu held.
func (s *Server) tell(m *message, i int) {
	st := &m.stages[i]
	at := st.At
	n := notice{kind: st.State, messageID: m.id, at: at, field: "messages", value: m.statusValue(st.State, at)}
	if m.app.behaviour.Hold {
		st.At = time.Time{}
		n.released = func(now time.Time) { m.reach(i, now) }
	}
	s.emit(m.app, &n, m.spread(at))
}

// reach moves a held message to stage i.
func (m *message) reach(i int, now time.Time) {
	m.server.mu.Lock()
	defer m.server.mu.Unlock()
	m.stages.Reach(i, now)
}

// spread gives the times of a callback's copies: its own and those of the duplicates. Call with mu held.
func (m *message) spread(at time.Time) []time.Duration {
	b := &m.app.behaviour
	copies := callback.Copies{Duplicate: b.Duplicate, Lag: b.DuplicateLag}
	if b.Shuffle {
		copies.Within = b.ShuffleWithin
	}
	return copies.Lags(at.Sub(m.acceptedAt), m.server.cfg.IDs)
}

// notice is something that an app's webhook is told.
type notice struct {
	kind, messageID string
	at              time.Time
	field           string
	value           object
	// raw goes out as it is, in place of field and value.
	raw      []byte
	released func(time.Time)
}

// emit hands the notice on, once for each lag. Call with mu held.
func (s *Server) emit(a *app, n *notice, lags []time.Duration) {
	b := &a.behaviour
	if !b.Callbacks {
		return
	}
	url := a.receiver(n.field)
	// Held callbacks are of use to a test even before anybody has subscribed.
	if url == "" && !b.Hold {
		return
	}
	for _, lag := range lags {
		if b.Batch > 1 && !b.Hold && n.raw == nil && n.field == "messages" && !b.Older {
			s.gather(a, n, url, lag)
			continue
		}
		body := n.raw
		if body == nil {
			body = a.envelope(n.at, []object{{"field": n.field, "value": n.value}})
		}
		s.cfg.Outbox.Add(callback.Callback{
			AppID: a.ID, Kind: n.kind, MessageID: n.messageID, Body: body, URL: url, Header: a.header(body),
		}, callback.Plan{Lag: lag, Hold: b.Hold, Retry: b.Retry, Released: n.released})
	}
}

// receiver is where callbacks of a field go: the number's override before the business account's before the app's, and
// nowhere unless the business account is subscribed (contract 3). News of templates and account know no number. Call with
// mu held.
func (a *app) receiver(field string) string {
	url, subscribed := a.waba.subs[a.AppSecret]
	switch {
	case !subscribed:
		return ""
	case a.override != "" && (field == "messages" || field == "user_preferences"):
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
	within := a.behaviour.BatchWithin
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

// FlushDue hands the batches that are due by the clock to the outbox. The clock does it by itself as well; who moves the
// clock by hand and then waits for the outbox calls it in between.
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
		n := min(max(a.behaviour.Batch, 1), len(values))
		body := a.envelope(full.due, []object{{"field": "messages", "value": merge(values[:n])}})
		values = values[n:]
		s.cfg.Outbox.Add(callback.Callback{
			AppID: a.ID, Kind: "batch", Body: body, URL: url, Header: a.header(body),
		}, callback.Plan{Retry: a.behaviour.Retry})
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
