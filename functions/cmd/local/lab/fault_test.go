package lab_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
)

// TestFaultsThatNeverHitAreRefused puts what would be taken for a fault in force and be none. What was in force stays.
func TestFaultsThatNeverHitAreRefused(t *testing.T) {
	t.Parallel()
	put := faultsOf(t)
	const inForce = `{"simulator":[{"system":"meta","mode":"refuse"}],"cloud":[{"method":"Commit","match":"/messages/","mode":"cut"}]}`
	if code, answer := put(inForce); code != http.StatusOK {
		t.Fatalf("got %d %s, want 200", code, answer)
	}
	for name, tc := range map[string]struct{ body, field, detail string }{
		"no_list":         {`{"faults":[]}`, "body", `has the unknown key \"faults\": the keys are simulator, cloud, workers`},
		"other_list":      {`{"simulators":[]}`, "body", `has the unknown key \"simulators\"`},
		"list_of_another": {`{"simulator":{}}`, "simulator", "must be a list"},
		"entry":           {`{"simulator":[7]}`, "simulator[0]", "must be an object"},
		"system":          {`{"simulator":[{"mode":"refuse"},{"system":"foo","mode":"refuse"}]}`, "simulator[1].system", `\"foo\" is none of gupshup, `},
		"simulator_mode":  {`{"simulator":[{"mode":"refused"}]}`, "simulator[0]", `mode is none of [refuse throttle`},
		"simulator_key":   {`{"simulator":[{"mode":"refuse","tines":1}]}`, "simulator[0]", `has the unknown key \"tines\": the keys are id, system, path`},
		"simulator_type":  {`{"simulator":[{"mode":"refuse","times":"1"}]}`, "simulator[0].times", "must be a whole number"},
		"lacks_code":      {`{"simulator":[{"mode":"fail_callback"}]}`, "simulator[0]", "code is missing"},
		"lacks_delay":     {`{"simulator":[{"mode":"slow"}]}`, "simulator[0]", "delayMs is missing"},
		"never_reports":   {`{"simulator":[{"system":"platform","mode":"low_balance"}]}`, "simulator[0]", "platform reports nothing of a message"},
		"bot_callback":    {`{"simulator":[{"system":"businessonbot","mode":"fail_callback","code":1}]}`, "simulator[0]", "businessonbot reports nothing"},
		"unused_status":   {`{"simulator":[{"mode":"throttle","status":500}]}`, "simulator[0]", "status does nothing with mode throttle"},
		"unused_message":  {`{"simulator":[{"mode":"no_id","message":"x"}]}`, "simulator[0]", "message does nothing"},
		"unused_code":     {`{"simulator":[{"mode":"refuse","code":4003}]}`, "simulator[0]", "code does nothing with mode refuse"},
		"unused_wait":     {`{"simulator":[{"mode":"refuse","retryAfterSeconds":3}]}`, "simulator[0]", "retryAfterSeconds does nothing"},
		"unused_delay_ms": {`{"simulator":[{"mode":"refuse","delayMs":3}]}`, "simulator[0]", "delayMs does nothing"},
		"late_by_nothing": {`{"simulator":[{"mode":"late_callbacks"}]}`, "simulator[0]", "delayMs is missing, which late_callbacks needs"},
		"lost_delay":      {`{"simulator":[{"mode":"lost_callbacks","delayMs":3}]}`, "simulator[0]", "delayMs does nothing with mode lost_callbacks"},
		"path_of_nothing": {`{"simulator":[{"mode":"doubled_callbacks","path":"/msg"}]}`, "simulator[0]", "path does nothing with mode doubled_callbacks"},
		"posts_nothing":   {`{"simulator":[{"system":"platform","mode":"lost_callbacks"}]}`, "simulator[0]", "platform posts no callbacks"},
		"method":          {`{"cloud":[{"method":"Comit","mode":"cut"}]}`, "cloud[0].method", `\"Comit\" is no method`},
		"number":          {`{"cloud":[{"method":"+919000000001","mode":"cut"}]}`, "cloud[0].method", `that was sent is no method`},
		"cloud_mode":      {`{"cloud":[{"mode":"cut_off"}]}`, "cloud[0]", `mode is none of fail_before`},
		"cloud_key":       {`{"cloud":[{"methods":"Commit","mode":"cut"}]}`, "cloud[0]", `has the unknown key \"methods\": the keys are id, method, match`},
		"cloud_type":      {`{"cloud":[{"mode":"cut","times":true}]}`, "cloud[0].times", "must be a whole number"},
		"cloud_count":     {`{"cloud":[{"mode":"cut","seen":"1"}]}`, "cloud[0].seen", "must be a whole number"},
		"delay":           {`{"cloud":[{"mode":"delay","delay":"250"}]}`, "cloud[0]", "delay is no duration such as 250ms"},
		"code":            {`{"cloud":[{"mode":"fail_after","code":"BROKEN"}]}`, "cloud[0]", "code is none"},
		"unused_code_cut": {`{"cloud":[{"mode":"cut","code":"ABORTED"}]}`, "cloud[0]", "code does nothing with mode cut"},
		"worker":          {`{"workers":[7]}`, "workers[0]", "must be an object"},
		"worker_key":      {`{"workers":[{"name":"notify"}]}`, "workers[0]", `has the unknown key \"name\": the keys are function, mode, times`},
		"worker_function": {`{"workers":[{"function":"sweep","mode":"dies_after_post","times":1}]}`, "workers[0].function", `\"sweep\" is not notify`},
		"worker_mode":     {`{"workers":[{"function":"notify","mode":"sings","times":1}]}`, "workers[0].mode", `\"sings\" is not dies_after_post`},
		"worker_forever":  {`{"workers":[{"function":"notify","mode":"dies_after_post"}]}`, "workers[0].times", "must be from 1 to 1000"},
		"worker_twice":    {`{"workers":[{"function":"notify"},{"function":"notify"}]}`, "workers[1]", "is one too many"},
		"unused_delay":    {`{"cloud":[{"mode":"fail_before","delay":"1ms"}]}`, "cloud[0]", "delay does nothing with mode fail_before"},
	} {
		code, answer := put(tc.body)
		if code != http.StatusBadRequest || !strings.Contains(answer, `"field":"`+tc.field+`"`) || !strings.Contains(answer, tc.detail) {
			t.Errorf("%s: got %d %s, want 400, field %s and %q", name, code, answer, tc.field, tc.detail)
		}
	}
	if _, answer := put(`{"cloud":[{"method":"Firestore/Commit","mode":"delay","delay":"1ms","times":1}]}`); !strings.Contains(answer, `"delay":"1ms"`) {
		t.Errorf("got %s, want the new rule", answer)
	}
}

// TestFaultsAreTakenBack puts what is answered, after some of the faults have hit: it is answered once more, counts included.
func TestFaultsAreTakenBack(t *testing.T) {
	t.Parallel()
	put := faultsOf(t)
	_, given := put(`{"simulator":[{"system":"meta","mode":"refuse","times":3},{"mode":"fail_callback","code":131026}],
		"cloud":[{"method":"Commit","match":"/messages/","mode":"cut","times":2,"seen":1,"hits":1},{"mode":"delay","delay":"1ms"}],
		"workers":[{"function":"notify","mode":"dies_after_post","times":2}]}`)
	if want := `"times":2,"mode":"cut","seen":1,"hits":1`; !strings.Contains(given, want) {
		t.Errorf("got %s, want %s in it", given, want)
	}
	if code, again := put(given); code != http.StatusOK || again != given {
		t.Errorf("got %d %s, want 200 and what was put, %s", code, again, given)
	}
	if code, none := put(`{}`); code != http.StatusOK || none != `{"simulator":[],"cloud":[],"workers":[]}`+"\n" {
		t.Errorf("got %d %s, want empty lists", code, none)
	}
}

// TestSystemsAreThoseOfFaults has each system be hit by a fault that names it.
func TestSystemsAreThoseOfFaults(t *testing.T) {
	t.Parallel()
	sim := simulator.New(simulator.Options{})
	t.Cleanup(sim.Close)
	for _, system := range simulator.Systems() {
		if err := sim.Faults().Set([]simulator.Fault{{System: system, Mode: "refuse", Status: http.StatusTeapot}}); err != nil {
			t.Fatal(err)
		}
		answer := httptest.NewRecorder()
		sim.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/"+system+"/x", http.NoBody))
		if answer.Code != http.StatusTeapot {
			t.Errorf("%s: got %d, want the fault's 418", system, answer.Code)
		}
	}
}

// TestWorkersThatCannotDie puts a death where there is nobody to die, and lists that name none.
func TestWorkersThatCannotDie(t *testing.T) {
	t.Parallel()
	w, err := world.Start(t.Context(), world.Options{NotifyURL: "http://localhost:1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close(context.WithoutCancel(t.Context())) })
	const death = `{"workers":[{"function":"notify","mode":"dies_after_post","times":1}]}`
	if status, answer := answerOf(t, w, http.MethodPut, "/local/faults", "", death); status != http.StatusBadRequest || !strings.Contains(answer, `"field":"workers"`) {
		t.Errorf("got %d %s, want a refusal of workers", status, answer)
	}
	for _, method := range []string{http.MethodPut, http.MethodDelete} {
		if status, answer := answerOf(t, w, method, "/local/faults", "", `{}`); status != http.StatusOK || !strings.Contains(answer, `"workers":[]`) {
			t.Errorf("%s: got %d %s, want no worker's death", method, status, answer)
		}
	}
}

// doomed are workers of which some are to die.
type doomed struct{ left int }

func (d *doomed) KillAfterPost(times int) { d.left = times }

func (d *doomed) Killing() int { return d.left }

// faultsOf returns a function that puts faults, and returns the answer's code and body.
func faultsOf(t *testing.T) func(body string) (int, string) {
	t.Helper()
	sim := simulator.New(simulator.Options{})
	t.Cleanup(sim.Close)
	local, err := cloud.Start(t.Context(), cloud.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = local.Close() })

	mux := http.NewServeMux()
	stage := lab.Lab{Simulator: sim, Cloud: local, Clock: clock.Real{}, Logger: slog.New(slog.DiscardHandler), Workers: &doomed{}}
	stage.Mount(mux)

	return func(body string) (int, string) {
		answer := httptest.NewRecorder()
		mux.ServeHTTP(answer, httptest.NewRequest(http.MethodPut, "/local/faults", strings.NewReader(body)))
		return answer.Code, answer.Body.String()
	}
}
