package simulation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
)

// meaning is what a saying comes to, in the oracle's own words.
type meaning string

// The meanings. What is mere is a sign of life only.
const (
	nothing meaning = "nothing"
	mere    meaning = "a sign of life"
	stops   meaning = "STOP"
	starts  meaning = "START"
)

// vocabulary is what shoppers say. Only whole messages are keywords.
var vocabulary = map[string]meaning{
	"STOP": stops, "stop": stops, "*Stop*.": stops, "stop all": stops, "Unsubscribe": stops, "opt-out": stops, "बंद करो": stops,
	"START": starts, "start!": starts, "subscribe": starts, "शुरू करो": starts,
	"hello": mere, "please stop by at five": mere, "when will it come?": mere, "cancel": mere, "yes": mere, "band": mere,
	"resume": nothing,
}

// meaning returns what a saying comes to.
func (s saying) meaning() meaning {
	switch {
	case s.Kind == Taps, s.Kind == Decides:
		return mere
	case s.Form == optedOut:
		return stops
	case s.Form == revoked, s.Form == preference, s.Form == optedIn:
		return nothing // of a preference: for order updates, whatever it says of offers
	case forms[s.Form].mute:
		return mere
	case vocabulary[s.Word] == nothing:
		return mere // whatever is written shows that somebody writes
	default:
		return vocabulary[s.Word]
	}
}

// portal has the shopper ask for a status on the customer portal, again a few times if the answer is a failure. A shopper who clicks
// asks for many at once, each the contrary of the one before.
func (w *World) portal(s Step) {
	if s.Many <= 1 {
		w.ask(s, s.name(), w.machine(s.name()))
		return
	}

	var all sync.WaitGroup

	m := w.machine(s.name())
	for n := range s.Many {
		click := s
		click.Active = s.Active == (n%2 == 0)

		all.Go(func() { w.ask(click, fmt.Sprintf("%s, click %d", s.name(), n+1), m) })
	}

	all.Wait()
}

// ask makes the POSTs of one wish, the first at a given machine.
func (w *World) ask(s Step, name string, m *machine) {
	for try := 1; try <= 5; try++ {
		attempt := fmt.Sprintf("%s, try %d", name, try)
		if try > 1 {
			m = w.machine(attempt)
		}

		time.Sleep(time.Duration(drawn(w.plan.Seed, int64(5*time.Millisecond), "ask", attempt)))

		asked := w.oracle.ask(s)
		by := m.actor(attempt)
		watched := by.watch()

		shopper := w.plan.Brands[s.Brand].Shoppers[s.Shopper]
		rec, heard := w.exchangeBy(by, m.Subscribe, http.MethodPost, world.OrderPath+orderID(s.Brand, s.Shopper, s.Order), w.wish(s, shopper))
		code := rec.Code
		well := heard && code == http.StatusOK

		w.note("%s: portal asks for %s, answer %d, heard %v", attempt, wished(s), code, heard)
		w.oracle.answered(asked, well)

		if well {
			return
		}
		// An address whose tries could not be held against the order may have used up its wrong ones.
		waits := code == http.StatusTooManyRequests && (w.platformOut(time.Now().Add(-time.Minute)) || w.anyStruckSince(time.Now().Add(-time.Minute)))
		if heard && code == http.StatusNotFound && s.Active && w.oracle.mayBeBlocked(s, watched.began) {
			return // nobody is subscribed whose number is blocked
		}
		if heard && code/100 == 4 && !waits && !w.guessing(s) {
			w.oracle.find("%s: the portal's right POST is answered %d", attempt, code)
			return
		}
		// Another POST of the shopper's that is struck has this one wait for its turn.
		struck := w.anyStruckSince(watched.began.Add(-longestStall - time.Minute))
		if !struck && !watched.excused() && !w.platformOut(watched.began) && !w.guessing(s) {
			w.oracle.find("%s: the portal's right POST is answered %d, heard %v, although nothing stood in its way", attempt, code, heard)
			return
		}

		time.Sleep(3*time.Second + time.Duration(drawn(w.plan.Seed, int64(10*time.Second), "portal", attempt)))
	}
}

func wished(s Step) string {
	if s.Active {
		return "ACTIVE"
	}
	return "INACTIVE"
}

// wish is the body of a portal's POST.
func (w *World) wish(s Step, shopper Shopper) []byte {
	body, err := json.Marshal(map[string]any{
		"contactPhone": shopper.written(), "customerName": shopper.Name, "email": shopper.Email,
		"accountId": w.plan.Brands[s.Brand].ID, "whatsAppStatus": wished(s),
	})
	if err != nil {
		panic(err) // made of strings
	}

	return body
}

// guess has a stranger try an order with what is not its shopper's, and an order that does not exist: nobody can tell which is which.
func (w *World) guess(s Step) {
	w.note("%s: a stranger guesses %d times at %s", s.name(), s.Many, orderNumber(s.Brand, s.Shopper, s.Order))

	shopper := w.plan.Brands[s.Brand].Shoppers[s.Shopper]
	order := orderID(s.Brand, s.Shopper, s.Order)

	w.strangers.begin(order)
	defer w.strangers.end(order)

	for n := range s.Many {
		name := fmt.Sprintf("%s, guess %d", s.name(), n+1)

		wrong := shopper
		switch n % 3 {
		case 0:
			wrong.Email = "stranger@example.test"
		case 1:
			wrong.Phone = "919000099999"
		default:
			wrong.Phone, wrong.Email = "919000099998", ""
		}

		known, body := w.guessOnce(name, order, w.wish(s, wrong))
		other, otherBody := w.guessOnce(name+" at nothing", "99"+order, w.wish(s, wrong))

		if known == http.StatusNotFound && other == http.StatusNotFound && !bytes.Equal(body, otherBody) {
			w.oracle.find("%s: a wrong POST tells an order from none: %s, %s", name, body, otherBody)
		}

		time.Sleep(time.Duration(drawn(w.plan.Seed, int64(20*time.Millisecond), "guess", name)))
	}

	if s.Early {
		w.sim.Platform().PutOrder(order, w.orderBody(s))
	}
}

// guessOnce makes one wrong POST, and returns its answer.
func (w *World) guessOnce(name, order string, body []byte) (code int, answer []byte) {
	m := w.machine(name)

	rec, heard := w.exchange(m, name, m.Subscribe, http.MethodPost, world.OrderPath+order, body)
	if !heard {
		return 0, nil
	}
	if rec.Code/100 == 2 {
		w.oracle.find("%s: a wrong POST is answered %d", name, rec.Code)
	}

	return rec.Code, rec.Body.Bytes()
}

// strangers knows of which orders strangers guess, and until when they did.
type strangers struct {
	mu     sync.Mutex
	guess  map[string]int
	ceased map[string]time.Time
}

func (s *strangers) begin(order string) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.guess == nil {
		s.guess, s.ceased = map[string]int{}, map[string]time.Time{}
	}

	s.guess[order]++
}

func (s *strangers) end(order string) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.guess[order]--
	s.ceased[order] = time.Now()
}

// guessing reports whether an answer about an order that was not there yet may still be at hand, as it may for 5 seconds.
func (w *World) guessing(s Step) bool {
	order := orderID(s.Brand, s.Shopper, s.Order)

	w.strangers.mu.Lock()
	defer w.strangers.mu.Unlock()

	return w.early(s) && (w.strangers.guess[order] > 0 || time.Since(w.strangers.ceased[order]) < 7*time.Second)
}

// early reports whether an order is there only once a stranger has guessed at it.
func (w *World) early(of Step) bool {
	for _, s := range w.plan.Steps {
		if s.Kind == Guesses && s.Early && s.Brand == of.Brand && s.Shopper == of.Shopper && s.Order == of.Order {
			return true
		}
	}

	return false
}

// The orders that no one can subscribe with.
const (
	ofNoAccount = "of no account"
	ofNoNumber  = "without a number"
)

// look has the shopper look at the order on the customer portal.
func (w *World) look(s Step) {
	if s.Form != "" {
		order := decoded(w.orderBody(s))

		switch s.Form {
		case ofNoAccount:
			order["accountId"], order["accountSlug"] = 99099, "nobody"
		case ofNoNumber:
			for _, kind := range []string{"shippingAddress", "billingAddress"} {
				address, _ := order[kind].(fields)
				address["contactPhone"] = "by mail"
			}
		}

		w.sim.Platform().PutOrder(orderID(s.Brand, s.Shopper, s.Order), encoded(order))
	}

	w.lookAs(s, s.name())
}

func (w *World) lookAs(s Step, name string) {
	m := w.machine(name)
	by := m.actor(name)
	watched := by.watch()

	rec, heard := w.exchangeBy(by, m.Subscribe, http.MethodGet, world.OrderPath+orderID(s.Brand, s.Shopper, s.Order), nil)
	excused := watched.excused() || w.platformOut(watched.began)

	if !heard || rec.Code != http.StatusOK {
		w.note("%s: the portal shows no order", name)

		if !excused {
			w.oracle.find("%s: the portal's GET is answered %d, heard %v, although nothing stood in its way", name, rec.Code, heard)
		}

		return
	}

	var order struct {
		Key *string `json:"isWhatsAppEnabledForNotifications"`
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &order); err != nil {
		w.oracle.find("%s: what the portal shows is no order: %v", name, err)
		return
	}
	if order.Key == nil {
		w.note("%s: the portal shows no key", name)

		if s.Form == "" && !excused {
			w.oracle.find("%s: the portal shows no key, although nothing stood in its way", name)
		}

		return
	}

	w.note("%s: the portal shows %q", name, *order.Key)

	if s.Form != "" {
		w.oracle.find("%s: the portal shows %q for an order %s", name, *order.Key, s.Form)
		return
	}

	w.oracle.shown(s, *order.Key, watched.began)
}

// lookAMonthLater has everybody look again when it must be taken that their numbers are on WhatsApp, if of anybody it is not.
func (w *World) lookAMonthLater() {
	if !w.oracle.unreachable() {
		return
	}

	time.Sleep(believed + aDay)
	w.lookAround("look a month later")
}

// lookAround has everybody look at an order of theirs once the world rests.
func (w *World) lookAround(name string) {
	seen := map[string]bool{}
	for _, s := range w.plan.Steps {
		person := fmt.Sprint(s.Brand, "/", s.Shopper)
		if s.Kind != Happens && s.Kind != Portal || seen[person] {
			continue
		}

		seen[person] = true

		w.lookAs(s, fmt.Sprintf("%s at %s", name, orderNumber(s.Brand, s.Shopper, s.Order)))
	}
}

// exchange has a machine's handler take a request, and returns the answer; heard is false if there was none.
func (w *World) exchange(m *machine, name string, h http.Handler, method, path string, body []byte) (rec *httptest.ResponseRecorder, heard bool) {
	return w.exchangeBy(m.actor(name), h, method, path, body)
}

// exchangeBy is exchange for who is there already.
func (*World) exchangeBy(by *actor, h http.Handler, method, path string, body []byte) (rec *httptest.ResponseRecorder, heard bool) {
	r := httptest.NewRequestWithContext(withActor(background(), by), method, path, bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")

	rec = httptest.NewRecorder()

	return rec, by.machine.serve(h, rec, r, time.Minute)
}
