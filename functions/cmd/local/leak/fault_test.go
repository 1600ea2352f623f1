package leak_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
)

// providerFaults sends one message through every fault of the provider's; where it says anything, it names the shopper. Between
// two that give no answer it has one that does, or the app would be held as not answering.
func (r *rig) providerFaults() {
	for _, mode := range chaos.Modes() {
		codesOf := []int{0}
		if mode == chaos.FailCallback {
			codesOf = []int{131026, 131050, 1002, 1012, 999999, 131048, 132015, 500}
		}
		for _, code := range codesOf {
			r.strike(simulator.Fault{Mode: mode, Code: code, Message: echo, DelayMillis: 20, RetryAfterSeconds: 1})
		}
		r.strike(simulator.Fault{Mode: chaos.Refuse, Message: echo})
	}
	for _, refusal := range []string{
		"Invalid Destination " + r.all[0].phone, "Authentication Failed for " + r.all[0].email, "Insufficient balance Quxecho", "Template Quxecho does not exist",
	} {
		for _, status := range []int{400, 401, 402, 403, 404, 500} {
			r.strike(simulator.Fault{Mode: chaos.Refuse, Status: status, Message: refusal})
		}
	}
	r.heal()
	r.Simulator.Faults().Clear()
}

// strike sends messages of Gupshup's brand until the fault has struck one.
func (r *rig) strike(f simulator.Fault) {
	r.Helper()
	f.System, f.Path, f.Times = "gupshup", "/template/msg", 1
	r.strikeWith(f, func() {
		r.heal()
		s := r.all[r.second%len(r.all)]
		r.post(s, s.body("ACTIVE"))
		r.event(s, "shipment-failed_delivery", r.second)
		r.second++
	})
}

// strikeWith sends until the fault has struck: callbacks of faults before may block the sender once more, so that it does not
// wait for one message long.
func (r *rig) strikeWith(f simulator.Fault, send func()) {
	r.Helper()
	r.Must(r.Simulator.Faults().Set([]simulator.Fault{f}))
	for range 80 {
		send()
		for end := time.Now().Add(500 * time.Millisecond); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			if len(r.Simulator.Faults().All()) == 0 {
				r.rest(100 * time.Millisecond)
				return
			}
		}
	}
	r.Fatalf("the fault %s of %s never struck", f.Mode, f.System)
}

// heal makes a sender and its templates usable that a fault has blocked.
func (r *rig) heal() { r.healAll(demo.NeemID) }

// healAll is heal for an account.
func (r *rig) healAll(id string) {
	a, err := r.Parts.Store.Account(r.Context(), id)
	r.Must(err)
	for id, app := range a.Apps {
		app.Health.Reason = ""
		a.Apps[id] = app
	}
	for kind, e := range a.Events {
		e.Health.Reason = ""
		a.Events[kind] = e
	}
	r.Must(r.Parts.Store.PutAccount(r.Context(), a))
	time.Sleep(15 * time.Millisecond) // until no instance has older settings
}

// platformFaults asks for orders while the platform does everything that it can do wrong.
func (r *rig) platformFaults() {
	second := 500
	for _, kept := range []bool{true, false} {
		for _, mode := range []chaos.Mode{
			chaos.Refuse, chaos.Throttle, chaos.WrongCredentials, chaos.Unavailable, chaos.HTML502Before, chaos.TimeoutBefore, chaos.ResetBefore,
			chaos.Truncated, chaos.NoID, chaos.Malformed,
		} {
			s := r.all[second%len(r.all)]
			if !kept {
				s = shopper{order: fmt.Sprintf("7770%04d", second), phone: s.phone, name: s.name, email: s.email, street: s.street}
				r.put(s)
			}
			r.Must(r.Simulator.Faults().Set([]simulator.Fault{{System: "platform", Mode: mode, Message: echo}}))
			r.get(s)
			r.post(s, s.body("ACTIVE"))
			r.event(s, "shipment-missing-phone", second)
			second++
			r.rest(200 * time.Millisecond)
			r.Simulator.Faults().Clear()
		}
	}
	for _, body := range []string{`"` + echo + `"`, `{"shippingAddress":"` + echo + `"`, "\xff" + echo, `{"a":"` + echo + `"}`, `[]`, ``} {
		s := r.all[3]
		r.Simulator.Platform().PutOrder(s.order, []byte(body))
		r.get(s)
		r.post(s, s.body("ACTIVE"))
		r.put(s)
	}
}

// cloudFaults fails every kind of call of ours, in every way, in the midst of everything.
func (r *rig) cloudFaults() {
	second := 700
	for _, method := range []string{"Commit", "BatchGetDocuments", "RunQuery", "Publish", "AccessSecretVersion"} {
		for _, rule := range []cloud.Rule{
			{Mode: cloud.FailBefore, Code: codes.Internal},
			{Mode: cloud.FailBefore, Code: codes.PermissionDenied},
			{Mode: cloud.FailBefore, Code: codes.InvalidArgument},
			{Mode: cloud.FailBefore, Code: codes.NotFound},
			{Mode: cloud.Cut},
			{Mode: cloud.FailAfter, Code: codes.Unknown},
		} {
			rule.Method, rule.Times = method, 3
			_, err := r.Cloud.Rules().Add(rule)
			r.Must(err)
			s := r.all[second%len(r.all)]
			r.get(s)
			r.post(s, s.body([]string{"ACTIVE", "INACTIVE"}[second%2]))
			r.call(http.MethodPost, r.URL+"/local/events", s.of(r.file("events/shipment-out_for_delivery.json")))
			body, err := json.Marshal(simulator.Reply{Text: text, App: demo.NeemGupshupID})
			r.Must(err)
			r.call(http.MethodPost, r.URL+"/local/inbox/"+s.phone+"/reply", string(body))
			r.call(http.MethodPost, r.sweep, "")
			r.askOne(r.brands[2].shoppers[second%2], second)
			r.call(http.MethodPost, r.webhook+"/gupshup/"+r.token, `{"type":"message","payload":{"id":"m`+s.order+`","source":"91`+s.phone+`","type":"text","payload":{"text":"`+text+`"}}}`)
			r.Cloud.Rules().Clear()
			second++
		}
	}
	r.rest(2 * time.Second)
}

// panics: no flow is known that panics, so the adaptor of all handlers is made to.
func (r *rig) panics() {
	s := r.all[0]
	for _, value := range []any{s.phone, fmt.Errorf("to %s", s.phone), []string{s.email}, map[string]string{s.name: s.phone}} {
		w := &nowhere{header: http.Header{}}
		httpx.Serve(httpx.Options{Logger: r.Logger(), Route: "panics"}, func(http.ResponseWriter, *http.Request) error {
			panic(value)
		})(w, r.request())
		r.see("the answer to a panic", string(w.body))
	}
	w := &nowhere{header: http.Header{}}
	httpx.Serve(httpx.Options{Logger: r.Logger(), Route: "panics"}, func(http.ResponseWriter, *http.Request) error {
		var none map[string]*shopper
		none[s.phone].name = s.name
		return nil
	})(w, r.request())
	r.see("the answer to a panic", string(w.body))
}
