package packed

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/idtoken"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit/forge"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// tell tells the story of README.md with the packed functions: what make run shows at its start, and what its reader tries then.
func (s *stage) tell() {
	s.t.Helper()
	// Not before all processes run: sweep posts a heartbeat to webhook, and fails where that does not answer.
	stop := s.cloud.Schedule(cloud.ScheduledCall{
		URL: s.front.URL + routes["sweep"], Every: time.Second, ServiceAccount: world.PushAccount, Audience: world.PushAudience,
	})
	defer stop()
	s.sendOneOfEach()
	s.askAsTheBot()
	s.openTheConsole()
	s.tap()
	s.sweep()
	s.forge()
}

// sendOneOfEach makes the demo's accounts and apps over workspace, with tokens of the local issuer, and tells the demo's story: a shopper of
// each brand subscribes, an event is published, and what is sent comes back as delivered and read.
func (s *stage) sendOneOfEach() {
	s.t.Helper()
	s.must(demo.Seed(s.t.Context(), s.world))
	var said strings.Builder
	s.must(demo.Story(s.t.Context(), s.world, &said))
	for word, want := range map[string]int{"subscribed": 4, "accepted": 4, "sent": 3, "delivered": 3, "read": 3, "this story ends here": 0} {
		if got := len(regexp.MustCompile(`(?m)^  `+word).FindAllString(said.String(), -1)); got != want {
			s.t.Errorf("%s: got %d times, want %d:\n%s", word, got, want, said.String())
		}
	}
}

// askAsTheBot asks brandapi for an order with the key of the brand's bot, and with another.
func (s *stage) askAsTheBot() {
	s.t.Helper()
	for key, want := range map[string]int{s.secret(lab.GuestPrefix + demo.AniseApp): http.StatusOK, "another-key": http.StatusUnauthorized} {
		req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.front.URL+routes["brandapi"]+"/order/"+demo.OmarOrder, http.NoBody)
		s.must(err)
		req.Header.Set("X-Guest-Id", key)
		resp, err := testkit.Client.Do(req)
		s.must(err)
		s.must(resp.Body.Close())
		if resp.StatusCode != want {
			s.t.Errorf("brandapi: got %d, want %d", resp.StatusCode, want)
		}
	}
}

// openTheConsole has workspace make a link into the console, and follows it: its button lets in once, and what is let in sees the account.
func (s *stage) openTheConsole() {
	s.t.Helper()
	token := s.cloud.Tokens().Sign(map[string]any{
		"iss": idtoken.Issuer, "aud": s.values()["USER_AUDIENCE"], "sub": "u-1", "name": "Asha Sample", "exp": time.Now().Add(time.Hour).Unix(),
		"eshopbox": map[string]any{"role": "viewer", "accounts": []string{demo.NeemID}},
	})
	var link struct {
		URL string `json:"url"`
	}
	made := s.visit(http.MethodPost, s.processes["workspace"].URL()+"/v1/accounts/"+demo.NeemID+"/console-link", "Authorization", "Bearer "+token)
	s.must(json.NewDecoder(made.Body).Decode(&link))
	_, secret, _ := strings.Cut(link.URL, "/enter/")
	console := s.processes["console"].URL()
	entered := s.visit(http.MethodPost, console+"/enter/"+secret, "Accept", "text/html")
	if entered.StatusCode != http.StatusSeeOther || len(entered.Cookies()) != 1 {
		s.t.Fatalf("the link %q of workspace lets nobody in: %d", link.URL, entered.StatusCode)
	}
	cookie := entered.Cookies()[0]
	seen := s.visit(http.MethodGet, console+"/accounts/"+demo.NeemID+"/settings", "Cookie", cookie.Name+"="+cookie.Value)
	page, err := io.ReadAll(seen.Body)
	if err != nil || seen.StatusCode != http.StatusOK || !strings.Contains(string(page), "Asha Sample") {
		s.t.Errorf("the console: got %d %s, %v", seen.StatusCode, page, err)
	}
	if again := s.visit(http.MethodPost, console+"/enter/"+secret, "Accept", "text/html"); again.StatusCode != http.StatusNotFound {
		s.t.Errorf("the link again: got %d, want 404", again.StatusCode)
	}
}

// visit makes a request with a header, and follows no redirect. The answer's body is closed at the test's end.
func (s *stage) visit(method, address, name, value string) *http.Response {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, address, strings.NewReader("{}"))
	s.must(err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(name, value)
	answer, err := testkit.Transport.RoundTrip(req)
	s.must(err)
	s.t.Cleanup(func() { _ = answer.Body.Close() })

	return answer
}

// tap has the shopper whose delivery failed tap a button, and then one of the question that comes back: the order platform gets one
// action.
func (s *stage) tap() {
	s.t.Helper()
	shop := s.world.Simulator
	for _, button := range []string{"Try again", "No, send it"} {
		testkit.Eventually(s.t, patience, "the shopper can tap "+button, func() bool {
			_, err := shop.Phones().Reply(devsPhone, simulator.Reply{Button: button})
			return err == nil
		})
	}
	testkit.Eventually(s.t, patience, "the platform is told what the shopper wants done", func() bool { return len(shop.Platform().Resolutions()) > 0 })
	s.rest()
	if got := shop.Platform().Resolutions(); len(got) != 1 {
		s.t.Errorf("the platform got %d actions, want one: %+v", len(got), got)
	}
}

const devsPhone = "919000000002"

// told begins how a failed delivery is shown that its shopper has read of.
const told = "shipment/failed_delivery read"

// sweep has the provider say once that it is too much: the message waits, and goes out once the scheduler has called sweep.
func (s *stage) sweep() {
	s.t.Helper()
	_, err := s.world.Simulator.Faults().Add(simulator.Fault{
		System: "gupshup", Path: "/template/msg", AppID: demo.NeemGupshupID, Times: 1, Mode: chaos.Throttle,
	})
	s.must(err)
	event, err := testdata.Files.ReadFile("events/shipment-failed_delivery-51230078.json")
	s.must(err)
	resp, err := testkit.Client.Post(s.front.URL+"/local/events", "application/json", strings.NewReader(string(event)))
	s.must(err)
	s.must(resp.Body.Close())

	var got []string
	testkit.Poll(patience, func() bool {
		all, problem := s.world.Parts.Store.MessagesOfOrderInAllAccounts(s.t.Context(), demo.DevOrder)
		s.must(problem)
		got = rig.Statuses(all)
		return strings.Count(strings.Join(got, "\n"), told) == 2
	})
	if strings.Count(strings.Join(got, "\n"), told) != 2 {
		s.t.Errorf("messages of the order: got %q, want %q twice: that of the story, and that which waited", got, told)
	}
	if s.answered("sweep", http.StatusNoContent) == 0 {
		s.t.Error("the scheduler's calls of sweep came to nothing")
	}
}

// forge pushes with tokens that are not the local cloud's, or of somebody else, or for something else, and then with a true one.
func (s *stage) forge() {
	s.t.Helper()
	for _, name := range []string{"notify", "receive", "sweep"} {
		url := s.processes[name].URL() + "/"
		for _, token := range forge.Tokens(s.t, s.cloud.Tokens(), world.PushAccount, world.PushAudience, time.Now()) {
			if status, err := s.ask(http.MethodPost, url, token.Value); err != nil || status != http.StatusUnauthorized {
				s.t.Errorf("%s, with a token that is %s: got %d, %v, want 401", name, token.Name, status, err)
			}
		}
	}
	status, err := s.ask(http.MethodPost, s.processes["sweep"].URL()+"/", s.cloud.Tokens().Token(world.PushAccount, world.PushAudience))
	if err != nil || status != http.StatusNoContent {
		s.t.Errorf("sweep with a true token: got %d, %v, want 204", status, err)
	}
}

// rest waits until nothing is on its way.
func (s *stage) rest() {
	s.t.Helper()
	for range 2 { // what a callback published may lead to another callback
		s.must(s.world.Simulator.Settle(s.t.Context()))
		s.must(s.cloud.WaitIdle(s.t.Context()))
	}
}

// secret returns the value of one of the cloud's secrets.
func (s *stage) secret(name string) string {
	s.t.Helper()
	value, err := s.world.Parts.Secrets.Access(s.t.Context(), name)
	s.must(err)
	return value.Reveal()
}
