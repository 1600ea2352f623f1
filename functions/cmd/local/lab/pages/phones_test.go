package pages_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
)

// TestPhones shows a phone of each app that writes to phones, and what BusinessOnBot was told. Each answers as it does on the stage.
func TestPhones(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	const phones = "/lab/phones"
	_, all := ask(t, w, http.MethodGet, phones, "")
	if n := strings.Count(all, `class="compose"`); n != 4 {
		t.Errorf("%d phones can answer, want 4", n)
	}
	reads(t, w, phones, "Ira Sample’s phone", "Meera Sample’s phone", "Arun Sample’s phone", "Lila Sample’s phone", "BusinessOnBot was told nothing yet.")
	reads(t, w, phones+"?with=51230078", "Dev Sample’s phone", "Meera Sample’s phone")
	does(t, w, "/lab/orders/51230078", "box", "tick")
	does(t, w, "/lab/orders/51230078", "beat", "failed")
	reads(t, w, phones, "Dev Sample’s phone", "Try again")
	reads(t, w, phones+"?with=51230077", "Ira Sample’s phone")
	does(t, w, "/lab/orders/51230082", "box", "tick")
	does(t, w, "/lab/orders/51230082", "beat", "delivered")
	reads(t, w, phones, "BusinessOnBot’s inbox", "Delivered", "order AF-60818")
	for _, say := range []string{"phone=919000000005&say=hello+there&back=/lab/phones", "phone=919000000002&button=Try+again&back=/lab/phones"} {
		if answer, body := ask(t, w, http.MethodPost, phones+"/do", say); answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != phones {
			t.Errorf("%s: %d %s", say, answer.StatusCode, body)
		}
	}
	w.Rest()
	reads(t, w, phones, "tapped · ", "hello there")
	answer, body := ask(t, w, http.MethodPost, phones+"/do", "phone=919000000005&kind=location&switch=&kind=no&back=/lab/phones")
	if answer.StatusCode != http.StatusBadRequest || !strings.Contains(body, "That was not done") {
		t.Errorf("a refused form: %d %s", answer.StatusCode, body)
	}
	if answer, _ := ask(t, w, http.MethodPost, phones+"/do", "phone=1&say=hello"); answer.StatusCode != http.StatusNotFound {
		t.Errorf("a phone that there is not: %d", answer.StatusCode)
	}
}

// TestRefusedFormKeepsItsPhone shows the phone that a form was of after it was refused, with what was typed, whichever of the app's phones is shown otherwise.
func TestRefusedFormKeepsItsPhone(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	answer, body := ask(t, w, http.MethodPost, "/lab/phones/do", "phone=919000000002&kind=edit&text=kept&back=/lab/phones?with=51230078")
	if answer.StatusCode != http.StatusBadRequest || !strings.Contains(body, "Dev Sample’s phone</h2>") || !strings.Contains(body, `value="kept"`) {
		t.Errorf("%d %s", answer.StatusCode, body)
	}
	_, body = ask(t, w, http.MethodGet, "/lab/phones?with="+url.QueryEscape(`1&seen=2"`), "")
	if !strings.Contains(body, `/lab/phones/stream?seen=`) || !strings.Contains(body, `with=1%26seen%3D2%22"`) {
		t.Errorf("the stream's address: %s", body)
	}
}
