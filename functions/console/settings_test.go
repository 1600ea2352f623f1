package console_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// as returns what sends a form, or asks for a page without one, as somebody of the picker.
func (h *house) as(person string) func(status int, path string, form url.Values) testkit.Answer {
	h.t.Helper()
	cookie := h.cookie(testkit.Serve(h.handler, pick(person)))

	return func(status int, path string, form url.Values) testkit.Answer {
		h.t.Helper()
		method := http.MethodGet
		if form != nil {
			method = http.MethodPost
		}
		r := httptest.NewRequestWithContext(h.t.Context(), method, path, strings.NewReader(form.Encode()))
		r.Header.Set("Accept", "text/html")
		r.Header.Set("Cookie", cookie.Name+"="+cookie.Value)
		if form != nil {
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		a := testkit.Serve(h.handler, r)
		if a.Status != status {
			h.t.Fatalf("%s %s as %s: got %d %s, want %d", method, path, person, a.Status, a.Body, status)
		}

		return a
	}
}

// has requires that a page has all of the texts.
func has(t *testing.T, a testkit.Answer, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.Body, text) {
			t.Errorf("the page lacks %q:\n%s", text, a.Body)
		}
	}
}

// account reads the account.
func (h *house) account() account.Account {
	h.t.Helper()
	a, err := h.store.Account(h.t.Context(), neem)
	if err != nil {
		h.t.Fatal(err)
	}

	return a
}

// at is a form that is based on a version.
func at(version int64, fields ...string) url.Values {
	form := url.Values{"version": {fmt.Sprint(version)}}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}

	return form
}

const atSettings = "/accounts/811/settings"

// TestSettingsAreSaved saves each form of the page.
func TestSettingsAreSaved(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "local", nil)
	asha := h.as("editor:811")
	for _, tc := range []struct {
		path, notice string
		fields       []string
		saved        func(a account.Account) bool
	}{
		{"/unexpected-replies", "replies-saved", []string{"enabled", "on", "text", "Call us\r\nfrom 9", "limited", "on", "hours.from", "09:30", "hours.to", "24:00", "hours.days", "monday", "hours.days", "friday"}, func(a account.Account) bool {
			return a.Unexpected.Enabled && a.Unexpected.Text == "Call us\nfrom 9" && fmt.Sprint(*a.Unexpected.Hours) == "{09:30 24:00 [monday friday]}"
		}},
		{"/unexpected-replies", "replies-saved", []string{"text", "Call us", "hours.from", "09:30"}, func(a account.Account) bool {
			return !a.Unexpected.Enabled && a.Unexpected.Text == "Call us" && a.Unexpected.Hours == nil
		}},
		{"/quiet-hours", "quiet-saved", []string{"enabled", "on", "from", "21:00", "to", "08:00", "exempt", "shipment/failed_delivery"}, func(a account.Account) bool {
			return fmt.Sprint(*a.Quiet) == "{true 21:00 08:00 [shipment/failed_delivery]}"
		}},
		{"/quiet-hours", "quiet-saved", []string{"enabled", "on", "from", "22:00", "to", "07:00"}, func(a account.Account) bool {
			return len(a.Quiet.Exempt) == 0 && a.Quiet.From == "22:00"
		}},
		{"/keywords", "words-saved", []string{"stop", " bas karo \r\n\r\nno more", "start", "resume"}, func(a account.Account) bool {
			return fmt.Sprint(a.Keywords) == "{[bas karo no more] [resume]}"
		}},
		{"/category-changes", "reclassed-saved", []string{"reclassed", "send"}, func(a account.Account) bool { return a.Reclassed == account.SendReclassed }},
	} {
		before := h.account().Version
		a := asha(http.StatusSeeOther, atSettings+tc.path, at(before, tc.fields...))
		if got := a.Header.Get("Location"); got != atSettings+"?done="+tc.notice {
			t.Errorf("%s leads to %s", tc.path, got)
		}
		if after := h.account(); after.Version != before+1 || !tc.saved(after) {
			t.Errorf("%s: version %d after %d, got %+v", tc.path, after.Version, before, after)
		}
	}
	has(t, asha(http.StatusOK, atSettings+"?done=words-saved", nil), "The words are saved.", "bas karo\nno more</textarea>", `value="send" checked`)
}

// TestSettingsAreRefused holds that a form which is refused comes back with what was typed, and leads to the field at fault.
func TestSettingsAreRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "local", nil)
	asha := h.as("editor:811")
	for name, tc := range map[string]struct {
		path   string
		fields []string
		wants  []string
	}{
		"no_text":     {"/unexpected-replies", []string{"enabled", "on", "text", " ", "hours.from", "09:31"}, []string{`href="#text"`, `aria-describedby="text-error"`, "The answer is needed", `name="enabled" checked`, `value="09:31"`}},
		"no_days":     {"/unexpected-replies", []string{"enabled", "on", "text", "Call <b>us</b>", "limited", "on", "hours.from", "09:00", "hours.to", "18:00"}, []string{`href="#hours.days"`, "The working days ", "Call &lt;b&gt;us&lt;/b&gt;"}},
		"no_time":     {"/quiet-hours", []string{"enabled", "on", "from", "9 pm", "to", "08:00"}, []string{`href="#from"`, `value="9 pm"`, "The beginning of the quiet hours must be a time"}},
		"our_word":    {"/keywords", []string{"stop", "bas\nSTART"}, []string{`href="#stop"`, "The words that stop messages, number 2, ", "bas\nSTART</textarea>"}},
		"no_choice":   {"/category-changes", nil, []string{`href="#reclassed"`, "What becomes of such messages must be hold or send"}},
		"turned":      {"/keywords", []string{"start", "so\u202ejao"}, []string{`href="#start"`, "The words that start them again, number 1, must have no control characters"}},
		"turned_text": {"/unexpected-replies", []string{"enabled", "on", "text", "Call \u2067us"}, []string{`href="#text"`, "The answer must have no control characters"}},
	} {
		a := asha(http.StatusBadRequest, atSettings+tc.path, at(1, tc.fields...))
		t.Log(name)
		has(t, a, append(tc.wants, "That was not saved", `name="version" value="1"`)...)
	}
	if v := h.account().Version; v != 1 {
		t.Errorf("something was saved: version %d", v)
	}
	has(t, asha(http.StatusPreconditionFailed, atSettings+"/keywords", url.Values{"stop": {"bas"}}), "bas</textarea>")
}

// TestSettingsThatSomebodyElseChanged holds that what was typed is not lost then, and can be saved again.
func TestSettingsThatSomebodyElseChanged(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "local", nil)
	asha := h.as("editor:811")
	asha(http.StatusSeeOther, atSettings+"/category-changes", at(1, "reclassed", "send"))
	a := asha(http.StatusPreconditionFailed, atSettings+"/keywords", at(1, "stop", "bas"))
	has(t, a, "The settings were changed since you opened this page", "bas</textarea>", `name="version" value="2"`, `value="send" checked`,
		"What was changed meanwhile", "Version 2</a>: Asha", "When WhatsApp changes a category", "<td>send</td>")
	asha(http.StatusSeeOther, atSettings+"/category-changes", at(2, "reclassed", "hold"))
	if a = asha(http.StatusPreconditionFailed, atSettings+"/keywords", at(2, "stop", "bas")); strings.Contains(a.Body, "Version 2</a>") || !strings.Contains(a.Body, "Version 3</a>") {
		t.Errorf("not what was changed since alone: %s", a.Body)
	}
	asha(http.StatusSeeOther, atSettings+"/keywords", at(3, "stop", "bas"))
}

// TestWorkingHoursUntilMidnight holds that the end of a day can be chosen in a field of a time, and comes back in it.
func TestWorkingHoursUntilMidnight(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "local", nil)
	asha := h.as("editor:811")
	asha(http.StatusSeeOther, atSettings+"/unexpected-replies", at(1, "text", "Call us", "limited", "on", "hours.from", "09:00", "hours.to", "00:00", "hours.days", "monday"))
	if got := h.account().Unexpected.Hours.To; got != "24:00" {
		t.Errorf("saved until %s", got)
	}
	has(t, asha(http.StatusOK, atSettings, nil), `<input type="time" id="hours.to" name="hours.to" value="00:00"`)
}

// TestHistorySaysWhereTo holds that the list says which version was gone back to, and that a page of a version that is older is what it leads to.
func TestHistorySaysWhereTo(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "local", nil)
	asha := h.as("editor:811")
	asha(http.StatusSeeOther, atSettings+"/category-changes", at(1, "reclassed", "send"))
	asha(http.StatusSeeOther, atSettings+"/category-changes", at(2, "reclassed", "hold"))
	asha(http.StatusSeeOther, "/accounts/811/history/2/revert", at(3))
	has(t, asha(http.StatusOK, "/accounts/811/history", nil), "<td>Went back to version 2</td>")
}

// TestSettingsByRole holds who is shown a form, and that one is refused that is posted all the same.
func TestSettingsByRole(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "local", nil)
	profile := at(1, "slug", "neem", "name", "Neem", "timeZone", "Asia/Kolkata", "consentMode", "brand_declared", "declaration.by", "Asha", "declaration.text", "our checkout asks", "markupBasisPoints", "2.5", "dailyLimitMicros", "1,500.25")
	for _, person := range []string{"viewer:811", "support:811"} {
		look := h.as(person)
		if a := look(http.StatusOK, atSettings, nil); strings.Contains(a.Body, `action="/accounts/811/settings`) || strings.Contains(a.Body, "<textarea") {
			t.Errorf("%s is shown a form: %s", person, a.Body)
		}
		for _, path := range []string{"/unexpected-replies", "/quiet-hours", "/keywords", "/category-changes", "/account"} {
			look(http.StatusForbidden, atSettings+path, profile)
		}
	}
	asha := h.as("editor:811")
	if a := asha(http.StatusOK, atSettings, nil); strings.Contains(a.Body, "/settings/account") || !strings.Contains(a.Body, "/settings/keywords") {
		t.Errorf("an editor is shown %s", a.Body)
	}
	asha(http.StatusForbidden, atSettings+"/account", profile)
	priya := h.as("platform")
	has(t, priya(http.StatusOK, atSettings, nil), `action="/accounts/811/settings/account"`, "Spends at most, a day, in INR")
	for _, wrong := range []struct{ field, value string }{{"markupBasisPoints", "2,5"}, {"dailyLimitMicros", "1,5"}, {"monthlyLimitMicros", "1,50"}, {"dailyLimitMicros", "1.500,25"}} {
		form := maps.Clone(profile)
		form.Set(wrong.field, wrong.value)
		has(t, priya(http.StatusBadRequest, atSettings+"/account", form), `href="#`+wrong.field+`"`)
	}
	priya(http.StatusSeeOther, atSettings+"/account", profile)
	a := h.account()
	if a.Name != "Neem" || a.MarkupBasisPoints != 250 || a.Limits.DailyMicros != 1_500_250_000 || a.Limits.MonthlyMicros != 0 || a.ConsentMode != account.BrandDeclared || a.Declaration.Text != "our checkout asks" {
		t.Errorf("got %+v", a)
	}
	has(t, asha(http.StatusOK, atSettings, nil), "Every shopper with an order gets its news", "our checkout asks")
	for field, value := range map[string]string{"markupBasisPoints": "2.555", "dailyLimitMicros": "-1", "monthlyLimitMicros": "a lot", "name": "", "timeZone": "Kolkata", "slug": "a b", "portalLink": "http://x", "declaration.by": ""} {
		wrong := at(2)
		for name, all := range profile {
			if name != "version" {
				wrong[name] = all
			}
		}
		wrong.Set(field, value)
		has(t, priya(http.StatusBadRequest, atSettings+"/account", wrong), `href="#`+field+`"`, `aria-describedby="`+field+`-error"`)
	}
}

// TestVariables shows the help.
func TestVariables(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "local", nil)
	has(t, h.as("viewer:811")(http.StatusOK, atSettings+"/variables", nil), "customer_order_id", "{{1}}", "every notification")
}
