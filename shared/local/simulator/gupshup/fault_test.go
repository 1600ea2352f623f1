package gupshup_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

func (w *world) fault(f simulator.Fault) string {
	w.t.Helper()
	id, err := w.Faults().Add(f)
	if err != nil {
		w.t.Fatalf("AddFault: %v", err)
	}
	return id
}

func TestFaultsThatAnswer(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault      simulator.Fault
		status     int
		body       string
		retryAfter string
		accepted   int
	}{
		"refuse":          {simulator.Fault{Mode: chaos.Refuse}, 400, `{"message":"Invalid App Details","status":"error"}`, "", 0},
		"refuse_chosen":   {simulator.Fault{Mode: chaos.Refuse, Status: 409, Message: "No"}, 409, `{"message":"No","status":"error"}`, "", 0},
		"throttle":        {simulator.Fault{Mode: chaos.Throttle}, 429, `{"message":"Too Many Requests","status":"error"}`, "1", 0},
		"throttle_long":   {simulator.Fault{Mode: chaos.Throttle, RetryAfterSeconds: 30}, 429, `{"message":"Too Many Requests","status":"error"}`, "30", 0},
		"throttle_silent": {simulator.Fault{Mode: chaos.Throttle, RetryAfterSeconds: -1}, 429, `{"message":"Too Many Requests","status":"error"}`, "", 0},
		"credentials":     {simulator.Fault{Mode: chaos.WrongCredentials}, 401, `{"message":"Authentication Failed","status":"error"}`, "", 0},
		"unavailable":     {simulator.Fault{Mode: chaos.Unavailable}, 503, `{"message":"Internal Server Error","status":"error"}`, "", 0},
		"html_before":     {simulator.Fault{Mode: chaos.HTML502Before}, 502, "<html>", "", 0},
		"html_after":      {simulator.Fault{Mode: chaos.HTML502After}, 502, "<html>", "", 1},
		"no_id":           {simulator.Fault{Mode: chaos.NoID}, 202, `{"status":"submitted"}`, "", 1},
		"malformed":       {simulator.Fault{Mode: chaos.Malformed}, 202, `{"status":"succ`, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.fault(tc.fault)
			a := w.post(sendPath, good())
			if a.status != tc.status || !strings.HasPrefix(a.body, tc.body) || a.header.Get("Retry-After") != tc.retryAfter {
				t.Errorf("got %d %q retry-after %q, want %d %q %q", a.status, a.body, a.header.Get("Retry-After"), tc.status, tc.body, tc.retryAfter)
			}
			if got := w.Log().AcceptedCount(); got != tc.accepted {
				t.Errorf("accepted: got %d, want %d", got, tc.accepted)
			}
		})
	}
}

func TestFaultsThatBreakTheConnection(t *testing.T) {
	t.Parallel()
	for mode, accepted := range map[chaos.Mode]int{chaos.ResetBefore: 0, chaos.ResetAfter: 1, chaos.Truncated: 1} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.fault(simulator.Fault{Mode: mode})
			a, err := w.do(http.MethodPost, sendPath, apiKey, formType, good().Encode())
			if err == nil {
				t.Fatalf("got %d %s, want a broken connection", a.status, a.body)
			}
			if mode == chaos.Truncated && (!errors.Is(err, io.ErrUnexpectedEOF) || a.status != http.StatusAccepted || a.body == "") {
				t.Errorf("got %d %q %v, want half of a 202", a.status, a.body, err)
			}
			if got := w.Log().AcceptedCount(); got != accepted {
				t.Errorf("accepted: got %d, want %d", got, accepted)
			}
		})
	}
}

func TestFaultsThatHang(t *testing.T) {
	t.Parallel()
	for mode, accepted := range map[chaos.Mode]int{chaos.TimeoutBefore: 0, chaos.TimeoutAfter: 1} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.fault(simulator.Fault{Mode: mode})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+sendPath, strings.NewReader(good().Encode()))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Apikey", apiKey)
			req.Header.Set("Content-Type", formType)
			go func() {
				for ctx.Err() == nil && (w.Log().AcceptedCount() < accepted || len(w.Log().Requests()) == 0) {
					time.Sleep(time.Millisecond)
				}
				time.Sleep(50 * time.Millisecond) // the time that an answer would have
				cancel()
			}()
			if _, err = testkit.Client.Do(req); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want that the client gives up", err)
			}
			if got := w.Log().AcceptedCount(); got != accepted {
				t.Errorf("accepted: got %d, want %d", got, accepted)
			}
		})
		t.Run(string(mode)+"_until_close", func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.fault(simulator.Fault{Mode: mode})
			done := make(chan error, 1)
			go func() {
				_, err := w.do(http.MethodPost, sendPath, apiKey, formType, good().Encode())
				done <- err
			}()
			for len(w.Faults().All()) > 0 && len(w.Log().Requests()) == 0 {
				time.Sleep(time.Millisecond)
			}
			w.Close()
			if err := <-done; err == nil {
				t.Error("got an answer, want a broken connection")
			}
		})
	}
}

func TestSlow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fault(simulator.Fault{Mode: chaos.Slow, DelayMillis: 3000})
	done := make(chan answer, 1)
	go func() {
		a, _ := w.do(http.MethodPost, sendPath, apiKey, formType, good().Encode())
		done <- a
	}()
	for w.clock.Pending() == 0 {
		time.Sleep(time.Millisecond)
	}
	w.clock.Advance(2999 * time.Millisecond)
	if w.Log().AcceptedCount() != 0 {
		t.Error("accepted before the delay was over")
	}
	w.clock.Advance(time.Millisecond)
	if a := <-done; a.status != http.StatusAccepted {
		t.Errorf("got %d, want 202", a.status)
	}
	if got := w.Log().Accepted()[0].At; !got.Equal(start.Add(3 * time.Second)) {
		t.Errorf("accepted at %v, want after the delay", got)
	}
}

func TestFaultsOfTheMessage(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault simulator.Fault
		code  float64
		kinds []string
	}{
		"paused_template":  {simulator.Fault{Mode: chaos.PausedTemplate}, 4005, []string{"failed"}},
		"low_balance":      {simulator.Fault{Mode: chaos.LowBalance}, 1003, []string{"failed"}},
		"account_disabled": {simulator.Fault{Mode: chaos.AccountDisabled}, 131031, []string{"enqueued", "failed"}},
		"chosen":           {simulator.Fault{Mode: chaos.FailCallback, Code: 131026}, 131026, []string{"enqueued", "failed"}},
		"unknown_code":     {simulator.Fault{Mode: chaos.FailCallback, Code: 999999}, 999999, []string{"enqueued", "failed"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.subscribe(2)
			tc.fault.Times = 1
			w.fault(tc.fault)
			// Only sends take such a fault.
			if a, err := w.do(http.MethodGet, "/gupshup/wa/app/"+appID+"/template", apiKey, "", ""); err != nil || a.status != http.StatusOK {
				t.Fatalf("template list: got %d %v", a.status, err)
			}
			w.send()
			w.pass(time.Minute)
			if diff := cmp.Diff(tc.kinds, w.hook.kinds()); diff != "" {
				t.Fatalf("callbacks (-want +got):\n%s", diff)
			}
			got := w.hook.all()
			if code := at(got[len(got)-1], "payload", "payload", "code"); code != tc.code {
				t.Errorf("code: got %v, want %v", code, tc.code)
			}
			w.send()
			w.pass(time.Minute)
			if in := w.Phones().Inbox(shopper); in[1].State != "read" {
				t.Errorf("the next message: got %s, want read", in[1].State)
			}
		})
	}
}

func TestFaultSelection(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault simulator.Fault
		want  []int
	}{
		"always":       {simulator.Fault{}, []int{400, 400, 400, 400}},
		"once":         {simulator.Fault{Times: 1}, []int{400, 202, 202, 202}},
		"skip_two":     {simulator.Fault{Skip: 2, Times: 1}, []int{202, 202, 400, 202}},
		"this_system":  {simulator.Fault{System: "gupshup", Times: 1}, []int{400, 202, 202, 202}},
		"other_system": {simulator.Fault{System: "platform"}, []int{202, 202, 202, 202}},
		"this_path":    {simulator.Fault{Path: "/template/msg", Times: 1}, []int{400, 202, 202, 202}},
		"other_path":   {simulator.Fault{Path: "/api/v1/msg"}, []int{202, 202, 202, 202}},
		"this_app":     {simulator.Fault{AppID: appID, Times: 1}, []int{400, 202, 202, 202}},
		"other_app":    {simulator.Fault{AppID: otherID}, []int{202, 202, 202, 202}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tc.fault.Mode = chaos.Refuse
			w.fault(tc.fault)
			var got []int
			for range tc.want {
				got = append(got, w.post(sendPath, good()).status)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("statuses (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFaultByAppOnReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fault(simulator.Fault{Mode: chaos.WrongCredentials, AppID: appID})
	for path, want := range map[string]int{appID: 401, otherID: 400} {
		if a, err := w.do(http.MethodGet, "/gupshup/wa/app/"+path+"/template", apiKey, "", ""); err != nil || a.status != want {
			t.Errorf("%s: got %d %v, want %d", path, a.status, err, want)
		}
	}
}

func TestRefusedRequestIsAnsweredDespiteAnAfterFault(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fault(simulator.Fault{Mode: chaos.ResetAfter})
	if a := w.post(sendPath, with(good(), "destination", "x")); a.status != http.StatusBadRequest || a.field(t, "message") != "Invalid Destination" {
		t.Errorf("got %d %s, want the refusal", a.status, a.body)
	}
}

func TestFaultListIsData(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.fault(simulator.Fault{Mode: chaos.Throttle, System: "gupshup", Skip: 1, Times: 2})
	raw, err := json.Marshal(w.Faults().All())
	if err != nil {
		t.Fatal(err)
	}
	if want := `[{"id":"fault-1","system":"gupshup","skip":1,"times":2,"mode":"throttle"}]`; string(raw) != want {
		t.Errorf("got %s, want %s", raw, want)
	}
	var back []simulator.Fault
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if err := w.Faults().Set(back); err != nil {
		t.Fatal(err)
	}
	second := w.fault(simulator.Fault{Mode: chaos.Refuse})
	if first == second || len(w.Faults().All()) != 2 {
		t.Errorf("got %v", w.Faults().All())
	}
	if !w.Faults().Remove(second) || w.Faults().Remove(second) {
		t.Error("RemoveFault does not say whether the fault was there")
	}
	w.Faults().Clear()
	if got, err := json.Marshal(w.Faults().All()); err != nil || string(got) != "[]" {
		t.Errorf("no faults: got %s %v, want []", got, err)
	}
}

func TestInvalidFaults(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]simulator.Fault{
		"no_mode":        {},
		"unknown_mode":   {Mode: "explode"},
		"negative_times": {Mode: chaos.Refuse, Times: -1},
		"negative_skip":  {Mode: chaos.Refuse, Skip: -1},
		"negative_delay": {Mode: chaos.Slow, DelayMillis: -1},
		"status":         {Mode: chaos.Refuse, Status: 200},
		"no_code":        {Mode: chaos.FailCallback},
		"id_twice":       {Mode: chaos.Refuse, ID: "here"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.fault(simulator.Fault{Mode: chaos.Throttle, ID: "here"})
			if _, err := w.Faults().Add(f); !errors.Is(err, chaos.ErrInvalid) {
				t.Errorf("AddFault: got %v, want ErrInvalid", err)
			}
			if err := w.Faults().Set([]simulator.Fault{{Mode: chaos.Refuse, ID: "here"}, f}); !errors.Is(err, chaos.ErrInvalid) {
				t.Errorf("SetFaults: got %v, want ErrInvalid", err)
			}
			if got := w.Faults().All(); len(got) != 1 || got[0].Mode != chaos.Throttle {
				t.Errorf("faults: got %v, want the old one only", got)
			}
		})
	}
}

func TestEveryModeIsKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, m := range chaos.Modes() {
		if _, err := w.Faults().Add(simulator.Fault{Mode: m, Code: 1}); err != nil {
			t.Errorf("%s: %v", m, err)
		}
	}
}
