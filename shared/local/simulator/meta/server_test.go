package meta_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

func TestSendsAreHeldAgainstTheContract(t *testing.T) {
	t.Parallel()
	text := func(s string) string { return strings.Replace(goodBody, "ORD1", s, 1) }
	rest := "," + goodLink
	for name, c := range map[string]struct {
		body         string
		status, code int
	}{
		"good":                  {good(), 200, 0},
		"no_json":               {`{"messaging_product":`, 400, 100},
		"unexpected_key":        {strings.Replace(good(), `"to"`, `"mood":"x","to"`, 1), 400, 100},
		"two_documents":         {good() + "{}", 400, 100},
		"no_product":            {strings.Replace(good(), "whatsapp", "", 1), 400, 100},
		"no_recipient":          {strings.Replace(good(), "+"+shopper, "", 1), 400, 131008},
		"not_a_number":          {strings.Replace(good(), "+"+shopper, "asha", 1), 400, 131009},
		"to_itself":             {strings.Replace(good(), shopper, "919000000100", 1), 400, 131021},
		"unknown_type":          {strings.Replace(good(), `"type":"template"`, `"type":"hologram"`, 1), 400, 100},
		"long_reference":        {strings.Replace(good(), "ref.1", strings.Repeat("r", 513), 1), 400, 100},
		"template_missing":      {filled("no_such", "en", ""), 404, 132001},
		"language_missing":      {filled("failed_delivery_v1", "en_US", goodBody+rest), 404, 132001},
		"paused":                {filled("asleep_v1", "en", ""), 400, 132015},
		"disabled":              {filled("gone_v1", "en", ""), 400, 132016},
		"no_body":               {filled("failed_delivery_v1", "en", goodLink), 400, 132000},
		"one_value_less":        {filled("failed_delivery_v1", "en", `{"type":"body","parameters":[{"type":"text","text":"x"}]}`+rest), 400, 132000},
		"empty_value":           {filled("failed_delivery_v1", "en", text("")+rest), 400, 131008},
		"line_break":            {filled("failed_delivery_v1", "en", text(`a\nb`)+rest), 400, 132018},
		"five_blanks":           {filled("failed_delivery_v1", "en", text("a     b")+rest), 400, 132018},
		"four_blanks":           {filled("failed_delivery_v1", "en", text("a    b")+rest), 200, 0},
		"too_long":              {filled("failed_delivery_v1", "en", text(strings.Repeat("x", 1020))+rest), 400, 132005},
		"name_where_none_is":    {filled("failed_delivery_v1", "en", strings.Replace(goodBody, `"text":"Asha"`, `"parameter_name":"n","text":"Asha"`, 1)+rest), 400, 100},
		"body_twice":            {filled("failed_delivery_v1", "en", goodBody+","+goodBody+rest), 400, 132018},
		"link_without_value":    {filled("failed_delivery_v1", "en", goodBody), 400, 131008},
		"link_with_blank":       {filled("failed_delivery_v1", "en", goodBody+","+strings.Replace(goodLink, "88412", "8 8", 1)), 400, 132018},
		"button_without_index":  {filled("failed_delivery_v1", "en", goodBody+","+strings.Replace(goodLink, `"index":0,`, "", 1)), 400, 131008},
		"button_at_wrong_index": {filled("failed_delivery_v1", "en", goodBody+","+strings.Replace(goodLink, `"index":0`, `"index":1`, 1)), 400, 131009},
		"button_twice":          {filled("failed_delivery_v1", "en", goodBody+rest+rest), 400, 131009},
		"unknown_component":     {filled("failed_delivery_v1", "en", goodBody+rest+`,{"type":"carousel"}`), 400, 100},
		"header_missing":        {filled("pictured_v1", "en", ""), 400, 132012},
		"header_of_other_kind":  {filled("pictured_v1", "en", `{"type":"header","parameters":[{"type":"video","video":{"id":"1"}}]}`), 400, 132012},
		"image_by_both":         {filled("pictured_v1", "en", `{"type":"header","parameters":[{"type":"image","image":{"id":"1","link":"https://x.example.com"}}]}`), 400, 131008},
		"image_by_bad_link":     {filled("pictured_v1", "en", `{"type":"header","parameters":[{"type":"image","image":{"link":"x"}}]}`), 400, 131009},
		"image":                 {filled("pictured_v1", "en", `{"type":"header","parameters":[{"type":"image","image":{"id":"1"}}]}`), 200, 0},
		"names": {filled("named_v1", "hi", `{"type":"body","parameters":[{"type":"text","parameter_name":"order_no","text":"1"},`+
			`{"type":"text","parameter_name":"customer_name","text":"Asha"}]}`), 200, 0},
		"names_missing": {filled("named_v1", "hi", goodBody), 400, 100},
		"wrong_name": {filled("named_v1", "hi", `{"type":"body","parameters":[{"type":"text","parameter_name":"order_no","text":"1"},`+
			`{"type":"text","parameter_name":"brand","text":"Asha"}]}`), 400, 100},
		"text":            {`{"messaging_product":"whatsapp","to":"+919000000007","type":"text","text":{"body":"Hello"}}`, 200, 0},
		"text_without":    {`{"messaging_product":"whatsapp","to":"+919000000007","type":"text","text":{"body":""}}`, 400, 131008},
		"buttons_without": {`{"messaging_product":"whatsapp","to":"+919000000007","type":"interactive","interactive":{"type":"button","body":{"text":"x"},"action":{"buttons":[]}}}`, 400, 131009},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			status, body := w.send(c.body)
			if status != c.status || codeOf(body) != c.code {
				t.Errorf("got %d %s, want %d with code %d", status, body, c.status, c.code)
			}
			if n := w.log.AcceptedCount(); (n == 1) != (c.code == 0) {
				t.Errorf("got %d accepted messages", n)
			}
		})
	}
}

func TestWhoMayAskWhat(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method, path, token string
		status, code        int
	}{
		"number":            {http.MethodGet, "/v26.0/" + numberID, token, 200, 0},
		"account":           {http.MethodGet, "/v26.0/" + accountID, token, 200, 0},
		"template":          {http.MethodGet, "/v24.0/" + ndr, token, 200, 0},
		"no_version":        {http.MethodGet, "/" + numberID, token, 400, 2500},
		"old_version":       {http.MethodGet, "/v20.0/" + numberID, token, 400, 2635},
		"ancient_version":   {http.MethodGet, "/v13.0/" + numberID, token, 400, 2635},
		"oldest_version":    {http.MethodGet, "/v21.0/" + numberID, token, 200, 0},
		"version_to_come":   {http.MethodGet, "/v27.0/" + numberID, token, 400, 2500},
		"field_of_number":   {http.MethodGet, "/v26.0/" + numberID + "?fields=id,mood", token, 400, 100},
		"field_of_account":  {http.MethodGet, "/v26.0/" + accountID + "?fields=mood", token, 400, 100},
		"field_of_template": {http.MethodGet, "/v26.0/" + ndr + "?fields=name,mood", token, 400, 100},
		"field_in_list":     {http.MethodGet, "/v26.0/" + accountID + "/message_templates?fields=mood", token, 400, 100},
		"field_of_numbers":  {http.MethodGet, "/v26.0/" + accountID + "/phone_numbers?fields=mood", token, 400, 100},
		"known_fields":      {http.MethodGet, "/v26.0/" + ndr + "?fields=status,category,quality_score,health_status", token, 200, 0},
		"odd_version":       {http.MethodGet, "/v26/" + numberID, token, 400, 2500},
		"wrong_token":       {http.MethodGet, "/v26.0/" + numberID, "x", 401, 190},
		"token_of_another":  {http.MethodGet, "/v26.0/" + numberID, "other-token", 400, 100},
		"template_of_other": {http.MethodGet, "/v26.0/" + ndr, "other-token", 400, 100},
		"list_of_another":   {http.MethodGet, "/v26.0/" + accountID + "/message_templates", "other-token", 400, 100},
		"bad_cursor":        {http.MethodGet, "/v26.0/" + accountID + "/message_templates?after=x", token, 400, 131059},
		"numbers":           {http.MethodGet, "/v26.0/" + accountID + "/phone_numbers", token, 200, 0},
		"unknown_edge":      {http.MethodGet, "/v26.0/" + accountID + "/flows", token, 400, 2500},
		"unsubscribe":       {http.MethodDelete, "/v26.0/" + accountID + "/subscribed_apps", token, 200, 0},
		"subscriptions":     {http.MethodGet, "/v26.0/" + accountID + "/subscribed_apps", token, 200, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if err := w.AddApp(meta.App{ID: "118200334455669", WABAID: "204411990090", Phone: "919000000102", Token: "other-token"}); err != nil {
				t.Fatal(err)
			}
			req, err := http.NewRequestWithContext(t.Context(), c.method, w.url+c.path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+c.token)
			resp, err := testkit.Client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			var body struct {
				Error struct {
					Code int `json:"code"`
				} `json:"error"`
			}
			if err := json.NewDecoder(resp.Body).Decode(&body); err != nil || resp.StatusCode != c.status || body.Error.Code != c.code {
				t.Errorf("got %d, code %d, %v, want %d, code %d", resp.StatusCode, body.Error.Code, err, c.status, c.code)
			}
		})
	}
}

func TestInvalidApps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, a := range map[string]meta.App{
		"id":       {ID: "x", WABAID: "204411990091", Phone: "919000000103", Token: "t"},
		"account":  {ID: "118200334455670", Phone: "919000000103", Token: "t"},
		"phone":    {ID: "118200334455670", WABAID: "204411990091", Phone: "+91", Token: "t"},
		"token":    {ID: "118200334455670", WABAID: "204411990091", Phone: "919000000103"},
		"taken":    {ID: numberID, WABAID: "204411990091", Phone: "919000000103", Token: "t"},
		"template": {ID: "118200334455670", WABAID: "204411990091", Phone: "919000000103", Token: "t", Templates: []meta.Template{{ID: "1"}}},
	} {
		if err := w.AddApp(a); !errors.Is(err, tenant.ErrInvalidApp) && !errors.Is(err, tenant.ErrInvalidTemplate) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := w.Behaviour("1"); !errors.Is(err, tenant.ErrUnknownApp) {
		t.Errorf("got %v, want %v", err, tenant.ErrUnknownApp)
	}
}

func TestSubscriptionShakesHands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	account, number := "/v26.0/"+accountID+"/subscribed_apps", "/v26.0/"+numberID
	if status, body := w.call(http.MethodPost, account, `{"override_callback_uri":"`+w.hook+`","verify_token":"wrong"}`); status != 400 || codeOf(body) != 2200 {
		t.Errorf("wrong token: got %d %s", status, body)
	}
	if status, body := w.call(http.MethodPost, account, `{"override_callback_uri":"x","verify_token":"right"}`); status != 400 || codeOf(body) != 100 {
		t.Errorf("no address: got %d %s", status, body)
	}
	if _, body := w.call(http.MethodGet, account, ""); strings.Contains(body, "override") {
		t.Errorf("got %s, want no subscription", body)
	}
	set := `{"override_callback_uri":"` + w.hook + `","verify_token":"right"}`
	if status, body := w.call(http.MethodPost, account, set); status != 200 {
		t.Errorf("account: got %d %s", status, body)
	}
	if status, body := w.call(http.MethodPost, number, `{"webhook_configuration":`+strings.Replace(set, w.hook, w.hook+"/own", 1)+`}`); status != 200 {
		t.Errorf("number: got %d %s", status, body)
	}
	_, body := w.call(http.MethodGet, number+"?fields=webhook_configuration", "")
	if !strings.Contains(body, `"phone_number":"`+w.hook+`/own"`) || !strings.Contains(body, `"whatsapp_business_account":"`+w.hook+`"`) {
		t.Errorf("configuration: got %s", body)
	}
	if status, body := w.call(http.MethodDelete, account, ""); status != 200 {
		t.Errorf("unsubscribe: got %d %s", status, body)
	}
	w.send(good())
	if got := w.settle(time.Minute); len(got) != 0 {
		t.Errorf("after unsubscribing: got %d callbacks", len(got))
	}
}

// TestFieldsOfMetaApp sets what the Meta app subscribes, with the app's own token alone, and tries its address first.
func TestFieldsOfMetaApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const own, fields = "77001122|" + appSecret, "fields=messages,calls"
	post := func(id, token, form string) (int, int, string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/v26.0/"+id+"/subscriptions", strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Authorization", "Bearer "+token)
		a, err := testkit.Client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		body, err := io.ReadAll(a.Body)
		if err != nil {
			t.Fatal(err)
		}

		return a.StatusCode, codeOf(string(body)), string(body)
	}
	whole := "object=whatsapp_business_account&include_values=true&" + fields + "&verify_token=right&callback_url=" + w.hook
	for name, c := range map[string]struct {
		id, token, form string
		status, code    int
	}{
		"token_of_brand": {"77001122", token, whole, 401, 190},
		"wrong_secret":   {"77001122", "77001122|x", whole, 401, 190},
		"another_app":    {"77001123", own, whole, 400, 100},
		"another_object": {"77001122", own, strings.Replace(whole, "whatsapp_business_account", "page", 1), 400, 100},
		"unknown_field":  {"77001122", own, strings.Replace(whole, "calls", "call", 1), 400, 100},
		"no_fields":      {"77001122", own, strings.Replace(whole, fields, "", 1), 400, 100},
		"wrong_word":     {"77001122", own, strings.Replace(whole, "right", "wrong", 1), 400, 2200},
		"no_address":     {"77001122", own, strings.Replace(whole, w.hook, "x", 1), 400, 100},
		"no_form":        {"77001122", own, "%zz", 400, 100},
	} {
		if status, code, body := post(c.id, c.token, c.form); status != c.status || code != c.code {
			t.Errorf("%s: got %d %s", name, status, body)
		}
	}
	if status, _, body := post("77001122", own, whole); status != http.StatusOK {
		t.Fatalf("got %d %s", status, body)
	}
	if _, body := w.call(http.MethodGet, "/v26.0/"+numberID+"?fields=webhook_configuration", ""); !strings.Contains(body, `"application":"`+w.hook+`"`) {
		t.Errorf("got %s, want the app's own address", body)
	}
}

func TestFaultsSpeakLikeMeta(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault        chaos.Fault
		status, code int
		accepted     int
	}{
		"throttle":    {chaos.Fault{Mode: chaos.Throttle}, 429, 130429, 0},
		"credentials": {chaos.Fault{Mode: chaos.WrongCredentials}, 401, 190, 0},
		"unavailable": {chaos.Fault{Mode: chaos.Unavailable}, 503, 2, 0},
		"refuse":      {chaos.Fault{Mode: chaos.Refuse}, 400, 100, 0},
		"forbidden":   {chaos.Fault{Mode: chaos.Refuse, Status: 403}, 403, 10, 0},
		"no_id":       {chaos.Fault{Mode: chaos.NoID}, 200, 0, 1},
		"of_other":    {chaos.Fault{Mode: chaos.Refuse, AppID: "1"}, 200, 0, 1},
		"of_this":     {chaos.Fault{Mode: chaos.Refuse, AppID: numberID}, 400, 100, 0},
		"of_gupshup":  {chaos.Fault{Mode: chaos.Refuse, System: "gupshup"}, 200, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if err := w.faults.Set([]chaos.Fault{c.fault}); err != nil {
				t.Fatal(err)
			}
			status, body := w.send(good())
			if status != c.status || codeOf(body) != c.code || w.log.AcceptedCount() != c.accepted {
				t.Errorf("got %d %s, %d accepted, want %d, code %d, %d accepted", status, body, w.log.AcceptedCount(), c.status, c.code, c.accepted)
			}
		})
	}
}

func TestFailuresComeByCallback(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare func(w *world)
		body    string
		code    string
	}{
		"not_on_whatsapp": {func(w *world) { w.phones.SetNotOnWhatsApp(shopper, true) }, good(), "131026"},
		"paused":          {func(w *world) { _ = w.faults.Set([]chaos.Fault{{Mode: chaos.PausedTemplate}}) }, good(), "132015"},
		"balance":         {func(w *world) { _ = w.faults.Set([]chaos.Fault{{Mode: chaos.LowBalance}}) }, good(), "131042"},
		"locked":          {func(w *world) { _ = w.faults.Set([]chaos.Fault{{Mode: chaos.AccountDisabled}}) }, good(), "131031"},
		"chosen":          {func(w *world) { _ = w.faults.Set([]chaos.Fault{{Mode: chaos.FailCallback, Code: 131049}}) }, good(), "131049"},
		"window": {
			func(*world) {}, `{"messaging_product":"whatsapp","to":"+919000000007","type":"text","text":{"body":"Hello"}}`, "131047",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if err := w.Subscribe(numberID, w.hook); err != nil {
				t.Fatal(err)
			}
			c.prepare(w)
			if status, body := w.send(c.body); status != 200 {
				t.Fatalf("got %d %s", status, body)
			}
			got := w.settle(time.Minute)
			if len(got) != 1 || !strings.Contains(got[0], `"status":"failed"`) || !strings.Contains(got[0], `"code":`+c.code) {
				t.Errorf("got %v, want one failure with code %s", got, c.code)
			}
		})
	}
}

func TestRateAndMissingPlus(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.behaviour(t)
	b.RatePerSecond = 2
	if err := w.SetBehaviour(numberID, b); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{200, 200, 400} {
		if status, body := w.send(good()); status != want {
			t.Errorf("send %d: got %d %s, want %d", i, status, body, want)
		}
	}
	w.clock.Advance(time.Second)
	// Without its plus a number gets the business's country code, and the message goes astray.
	w.send(strings.Replace(good(), "+"+shopper, "9000000007", 1))
	if got := len(w.phones.Inbox(shopper)); got != 3 {
		t.Errorf("got %d messages, want 3", got)
	}
	w.clock.Advance(time.Second)
	w.send(strings.Replace(good(), "+", "", 1))
	if got := len(w.phones.Inbox("91" + shopper)); got != 1 {
		t.Errorf("got %d messages astray, want 1", got)
	}
}

func TestAnswersFromThePhone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.Subscribe(numberID, w.hook); err != nil {
		t.Fatal(err)
	}
	w.send(good())
	w.settle(time.Minute)
	for kind, want := range map[string]string{
		"text": `"text":{"body":"x"}`, "image": `"image":{`, "document": `"document":{`, "audio": `"audio":{`, "video": `"video":{`,
		"sticker": `"sticker":{`, "location": `"latitude":18.5204`, "contact": `"type":"contacts"`, "reaction": `"emoji":"x"`,
	} {
		if _, err := w.phones.Reply(shopper, handset.Reply{Kind: kind, Text: "x", To: w.phones.Inbox(shopper)[0].ID}); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if got := w.settle(time.Second); len(got) != 1 || !strings.Contains(got[0], want) {
			t.Errorf("%s: got %v, want %s", kind, got, want)
		}
	}
	if _, err := w.phones.Reply(shopper, handset.Reply{Button: "Track"}); !errors.Is(err, handset.ErrUnknownButton) {
		t.Errorf("tap on a link: got %v, want %v", err, handset.ErrUnknownButton)
	}
}
