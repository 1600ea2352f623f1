package simulation

import (
	"bytes"
	"net/http"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// effect is what a failed delivery is to lead to.
type effect string

// The effects: a new attempt after the wait, none, and none through the app or with the template until it is well again.
const (
	retried       effect = "retried"
	lostForGood   effect = "lost"
	holdsApp      effect = "holds the app"
	holdsTemplate effect = "holds the template"
)

// failure is a code that failed deliveries come with, as the providers' contracts have it.
type failure struct {
	code int
	// providers are those that tell it; empty for all that hand Meta's codes on.
	providers []string
	effect    effect
	// wait is how long to leave the message, or the app, alone.
	wait time.Duration
}

var failures = []failure{
	{code: 131000, effect: retried},
	{code: 130429, effect: retried, wait: 5 * time.Second},
	{code: 80007, effect: retried, wait: 5 * time.Minute},
	{code: 4, effect: retried, wait: 5 * time.Minute},
	{code: 131056, effect: retried, wait: 6 * time.Second, providers: []string{meta.Name}},
	{code: 131056, effect: retried, wait: 5 * time.Minute, providers: []string{gupshup.Name, kaleyra.Name}},
	{code: 131049, effect: lostForGood},
	{code: 132007, effect: lostForGood},
	{code: 132015, effect: holdsTemplate, wait: time.Minute},
	{code: 132016, effect: holdsTemplate, wait: time.Minute},
	{code: 131042, effect: holdsApp, wait: time.Minute},
	{code: 131048, effect: holdsApp, wait: 3 * time.Hour},
	{code: 1003, effect: holdsApp, wait: time.Minute, providers: []string{gupshup.Name}},
	{code: 4001, effect: holdsApp, wait: time.Hour, providers: []string{gupshup.Name}},
	{code: 4005, effect: holdsTemplate, wait: time.Minute, providers: []string{gupshup.Name}},
}

// of reports whether a provider tells the code.
func (f failure) of(provider string) bool {
	return len(f.providers) == 0 || slices.Contains(f.providers, provider)
}

// failureOf returns what a code means that a provider tells.
func failureOf(provider string, code int) (failure, bool) {
	i := slices.IndexFunc(failures, func(f failure) bool { return f.code == code && f.of(provider) })
	if i < 0 {
		return failure{}, false
	}

	return failures[i], true
}

// letFail decides whether the message that a request sends will be reported as failed, and tells the simulator. The function
// that it returns ends that, in case the simulator refuses the request.
func (w *World) letFail(r *http.Request, c call, body []byte) (end func()) {
	app, sends := w.sendsThrough(r.URL.Path, r.URL.RawQuery, body)
	if !sends || !w.plan.Apps[app].reports() || !w.troubled() || w.oracle.answering(c.actor) {
		return func() {}
	}

	course := w.plan.Apps[app].Callbacks
	if int(c.draw(w.plan.Seed, "fails", 10_000)) >= course.Fail || len(course.Codes) == 0 {
		return func() {}
	}

	code := course.Codes[c.draw(w.plan.Seed, "code", int64(len(course.Codes)))]
	w.note("%s will fail with %d", c, code)
	w.oracle.willFail(c, code)

	id, err := w.sim.Faults().Add(chaos.Fault{
		System: w.plan.Apps[app].Provider, AppID: w.vendor(app).simulated, Mode: chaos.FailCallback, Code: code, Times: 1,
	})
	if err != nil {
		w.oracle.find("the simulation cannot let a message fail: %v", err)
	}

	before := w.sim.Log().AcceptedCount()

	return func() {
		w.sim.Faults().Remove(id)

		f, _ := failureOf(w.plan.Apps[app].Provider, code)
		if step, known := w.oracle.news.stepOf(c); known && f.effect == holdsTemplate && w.sim.Log().AcceptedCount() > before {
			w.pauseTemplate(app, step.Event, time.Minute+time.Duration(c.draw(w.plan.Seed, "paused", int64(40*time.Minute))))
		}
	}
}

// withLighterError puts another error before that of a failure which holds the app, now and then: a passing one, which must not hide
// what is behind it. Only Meta's shape has a list of errors.
func (w *World) withLighterError(cb simulator.Callback, app int, name string) simulator.Callback {
	errors := []byte(`"errors":[{`)
	if cb.Kind != "failed" || !bytes.Contains(cb.Body, errors) || drawn(w.plan.Seed, 3, "lighter error", name) != 0 {
		return cb
	}

	leadsTo, known := w.oracle.effectOf(cb.MessageID)
	if !known || leadsTo != holdsApp {
		return cb
	}

	cb.Body = bytes.Replace(cb.Body, errors, []byte(`"errors":[{"code":131000,"title":"Something went wrong"},{`), 1)
	cb.Header = w.signature(app, cb.Body)

	return cb
}
