package simulation

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	simplatform "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/platform"
)

// TestPlantedTalksAreFound plants functions that lose what shoppers tap, or do with it what nobody asked for. One of the first seeds with a
// shopper who taps finds each.
func TestPlantedTalksAreFound(t *testing.T) {
	tests := []struct {
		name  string
		plant func(*machine)
		want  string
	}{
		{"receive forgets taps", pushing(`"tap":true`, func([]byte) []byte { return nil }), "no action came of"},
		{"receive takes a tap for a cancellation", pushing(`"tap":true`, func(data []byte) []byte {
			return bytes.Replace(data, []byte(`"Try again"`), []byte(`"Cancel order"`), 1)
		}), `came "ACTF003" for`},
		{"receive forgets conversations that are due", pushing(`"kind":"conversation"`, func([]byte) []byte { return nil }), "its action is still asked"},
		{"what was chosen is not told", retelling(func(m *pb.PubsubMessage, _ fields) {
			if m.GetAttributes()["eventSubType"] == replySubType && !strings.Contains(m.Attributes["id"], ".") {
				m.Attributes = nil
			}
		}), "was never told what the shopper answered"},
		{"the end of an answer is not told", retelling(func(m *pb.PubsubMessage, body fields) {
			if response, _ := body["response_data"].(fields); response != nil && response["isRootMessage"] == nil && strings.HasSuffix(m.Attributes["id"], ".delivered") {
				m.Attributes = nil
			}
		}), "was never told that an answer about"},
		{"the end is not told", retelling(func(m *pb.PubsubMessage, _ fields) {
			if m.GetAttributes()["eventSubType"] == replySubType {
				m.Attributes["id"] = strings.Replace(m.Attributes["id"], ".", "-", 1)
			}
		}), "was never told that its action is"},
		{"another end is told", retelling(func(m *pb.PubsubMessage, _ fields) {
			m.Attributes["id"] = strings.Replace(m.Attributes["id"], ".accepted", ".refused", 1)
		}), "was told that its action is refused, which is accepted"},
		{"sweep asks the platform for everything", asking, "which nobody has chosen"},
	}

	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			for seed := range uint64(60) {
				p := Draw(seed + 1)
				if !p.talksAt(func(Step) bool { return true }) {
					continue
				}
				if strings.Contains(together(runPlanted(t, p, tc.plant).Findings), tc.want) {
					t.Logf("seed %d", seed+1)
					return
				}
			}

			t.Errorf("no seed has found %q", tc.want)
		})
	}
}

// pushing has receive be pushed other data where that has a mark: what change makes of it, nothing for nil.
func pushing(mark string, change func([]byte) []byte) func(*machine) {
	return func(m *machine) {
		right := m.Receive
		m.Receive = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				panic(err) // it is in memory
			}

			push := decoded(body)
			message, _ := push["message"].(fields)
			text, _ := message["data"].(string)
			data, _ := base64.StdEncoding.DecodeString(text) // what cannot be read has no mark

			if bytes.Contains(data, []byte(mark)) {
				if data = change(data); data == nil {
					w.WriteHeader(http.StatusNoContent)
					return
				}

				message["data"] = base64.StdEncoding.EncodeToString(data)
				body = encoded(push)
			}

			r.Body = io.NopCloser(bytes.NewReader(body))
			right.ServeHTTP(w, r)
		})
	}
}

// asking has sweep ask the platform for an action on each shipment of which something is tapped: one that nobody has.
func asking(m *machine) {
	right := m.Sweep
	m.Sweep = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		right.ServeHTTP(w, r)

		for _, s := range m.world.plan.Steps {
			for _, b := range buttons {
				chosen := m.world.plan.talksAt(func(t Step) bool { return shipmentID(t) == shipmentID(s) && buttons[t.Button].code == b.code })
				if s.Kind == Taps && !chosen && b.code != "ACTF002" {
					m.world.submits(s, b.code)
				}
			}
		}
	})
}

// submits asks the platform for an action, in nobody's name.
func (w *World) submits(s Step, code string) {
	body := encoded(fields{
		"customerOrderNumber": orderNumber(s.Brand, s.Shopper, s.Order), "resolutionCode": code, "trackingId": trackingOf(s),
		"contactPhoneNumber": w.plan.Brands[s.Brand].Shoppers[s.Shopper].written(), "actionSource": "nobody",
	})

	r := httptest.NewRequestWithContext(w.ctx, http.MethodPost, "/platform/api/v2/ndrResolution", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer nobody")
	w.sim.Handler().ServeHTTP(httptest.NewRecorder(), r)
}

// TestAnswersAreHeldAgainstTheirRules has answers be posted twice and too late, and the platform take what it must not.
func TestAnswersAreHeldAgainstTheirRules(t *testing.T) {
	failed := Step{Kind: Happens, Event: failedDelivery}
	by := &actor{name: "somebody"}
	claimed := entry{id: "a1", event: "session/failed_delivery", subject: shipmentID(failed), phase: phaseClaimed, attempt: 1}

	for _, tc := range []struct {
		name string
		does func(*talks)
		want string
	}{
		{"one post", func(k *talks) { k.posting(call{actor: by}, 0); k.accepted(call{actor: by}, simulator.Accepted{}) }, ""},
		{"two posts of an attempt", func(k *talks) { k.posting(call{actor: by}, 0); k.posting(call{actor: by}, 0) }, "posts an answer about SO-0-0-0-S0 twice"},
		{"two posts of two attempts", func(k *talks) {
			k.posting(call{actor: by}, 0)
			again := claimed
			again.attempt = 2
			k.writes(by, again)
			k.posting(call{actor: by}, 0)
		}, ""},
		{"taken twice", func(k *talks) {
			k.accepted(call{actor: by}, simulator.Accepted{})
			k.accepted(call{actor: by}, simulator.Accepted{})
		}, "is taken 2 times"},
		{"after its window", func(k *talks) {
			k.spoke[window{0, "919000000001"}] = time.Now().Add(-25 * time.Hour)
			k.posting(call{actor: by}, 0)
		}, "after the shopper last wrote"},
		{"after other words than a tap", func(k *talks) {
			k.spoke = map[window]time.Time{}
			k.speaks(saying{Step: Step{Kind: Says}, number: "another spelling", at: time.Now().Add(-23 * time.Hour)})
			k.posting(call{actor: by}, 0)
		}, ""},
		{"after a word that came undated", func(k *talks) {
			k.speaks(saying{id: "in1", undated: true, at: time.Now().Add(-25 * time.Hour)})
			k.taken("in1")
			k.posting(call{actor: by}, 0)
		}, ""},
		{"to who has only written to another app", func(k *talks) {
			k.spoke = map[window]time.Time{}
			k.speaks(saying{app: 1, at: time.Now()})
			k.posting(call{actor: by}, 0)
		}, "whose shopper has written nothing"},
		{"the platform takes two of one attempt", func(k *talks) { k.takes(taking("ACTF001")); k.takes(taking("ACTF001")) }, "of which it has"},
		{"the platform takes one of each of two attempts", func(k *talks) {
			k.takes(taking("ACTF001"))
			k.happened(Step{Event: failedDelivery, Occurred: time.Hour})
			k.takes(taking("ACTF001"))
		}, ""},
		{"the platform takes what nobody chose", func(k *talks) { k.takes(taking("ACTF003")) }, "which nobody has chosen"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := &World{plan: Plan{Machines: []time.Duration{0}, Brands: []Brand{{Shoppers: []Shopper{{Phone: "919000000001"}}}}}}
			w.oracle = newOracle(w)
			k := w.oracle.talks
			k.happened(failed)
			k.taps = []*tap{{saying: saying{number: "919000000001"}, about: failed, code: "ACTF001"}}
			k.spoke[window{0, "919000000001"}] = time.Now()
			k.writes(by, claimed)

			tc.does(k)

			if got := together(w.oracle.findings); tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// taking is what the platform takes of the first shipment.
func taking(code string) simplatform.Resolution {
	return simplatform.Resolution{At: time.Now(), Request: simplatform.Request{ResolutionCode: code, TrackingID: trackingOf(Step{})}}
}

// TestJudge holds what shoppers were told against what the platform has taken.
func TestJudge(t *testing.T) {
	end := func(code, state string) action { return action{code: code, state: state, subject: shipmentID(Step{})} }
	taken := []resolution{{code: "ACTF001", tracking: trackingOf(Step{})}}

	for _, tc := range []struct {
		name    string
		actions []action
		taken   []resolution
		want    string
	}{
		{"taken and accepted", []action{end("ACTF001", "accepted"), end("ACTF003", "late")}, taken, ""},
		{"neither", []action{end("ACTF001", "overtaken")}, nil, ""},
		{"accepted and not taken", []action{end("ACTF001", "accepted")}, nil, "is said to have accepted ACTF001"},
		{"accepted twice", []action{end("ACTF001", "accepted"), end("ACTF001", "accepted")}, taken, "2 times the platform is said"},
		{"taken and told as refused", []action{end("ACTF001", "refused")}, taken, "of which 0 are known"},
	} {
		if got := together(judge(tc.actions, tc.taken)); tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
}
