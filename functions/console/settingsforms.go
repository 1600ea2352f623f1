package console

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// repliesForm is the form of the answer to what shoppers write unasked.
type repliesForm struct {
	Enabled bool
	Text    string
	// Limited says that the answer has working hours.
	Limited  bool
	From, To string
	Days     map[string]bool
}

func repliesFormOf(r account.UnexpectedReplies) repliesForm {
	f := repliesForm{Enabled: r.Enabled, Text: r.Text, From: "09:00", To: "18:00", Days: map[string]bool{}}
	if r.Hours != nil {
		f.Limited, f.From, f.To = true, r.Hours.From, r.Hours.To

		for _, day := range r.Hours.Days {
			f.Days[day] = true
		}
	}

	return f
}

// midnight is the end of a day, which a field of a time cannot say: there it is the beginning of the next one.
const midnight, nextDay = "24:00", "00:00"

// End is the end of the working hours as a field of a time has it.
func (f repliesForm) End() string {
	if f.To == midnight {
		return nextDay
	}

	return f.To
}

func (h *handler) saveReplies(c *call) error {
	if err := c.form(); err != nil {
		return err
	}

	f := repliesForm{
		Enabled: c.sent.Has("enabled"),
		Text:    typedText(c.sent.Get("text")),
		Limited: c.sent.Has("limited"),
		From:    c.sent.Get("hours.from"),
		To:      c.sent.Get("hours.to"),
		Days:    map[string]bool{},
	}
	if f.To == nextDay {
		f.To = midnight
	}

	for _, day := range c.sent["hours.days"] {
		f.Days[day] = true
	}

	in := account.UnexpectedReplies{Enabled: f.Enabled, Text: f.Text}
	if f.Limited {
		in.Hours = &account.Hours{From: f.From, To: f.To, Days: c.sent["hours.days"]}
	}

	return h.change(c, "replies-saved", func(v *settingsView) { v.Replies = f }, func(seen settings.Seen) error {
		_, err := h.Workspace.PutUnexpectedReplies(c.ctx(), c.caller, c.accountID(), in, seen)
		return err
	})
}

// typedText is a text of several lines as it was typed: browsers send line breaks as two characters.
func typedText(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// quietForm is the form of the quiet hours.
type quietForm struct {
	Enabled  bool
	From, To string
	Exempt   map[string]bool
}

func quietFormOf(q *account.QuietHours) quietForm {
	f := quietForm{From: "21:00", To: "08:00", Exempt: map[string]bool{}}
	exempt := account.ExemptByDefault()

	if q != nil {
		f.Enabled, exempt = q.Enabled, q.Exempt
		if q.From != "" {
			f.From, f.To = q.From, q.To
		}
	}

	for _, kind := range exempt {
		f.Exempt[kind] = true
	}

	return f
}

func (h *handler) saveQuiet(c *call) error {
	if err := c.form(); err != nil {
		return err
	}

	in := settings.QuietHoursInput{
		Enabled: c.sent.Has("enabled"),
		From:    c.sent.Get("from"),
		To:      c.sent.Get("to"),
		Exempt:  append([]string{}, c.sent["exempt"]...),
	}

	f := quietForm{Enabled: in.Enabled, From: in.From, To: in.To, Exempt: map[string]bool{}}
	for _, kind := range in.Exempt {
		f.Exempt[kind] = true
	}

	return h.change(c, "quiet-saved", func(v *settingsView) { v.Quiet = f }, func(seen settings.Seen) error {
		_, err := h.Workspace.PutQuietHours(c.ctx(), c.caller, c.accountID(), in, seen)
		return err
	})
}

// wordsForm is the form of the brand's own words, one a line.
type wordsForm struct{ Stop, Start string }

func (h *handler) saveWords(c *call) error {
	if err := c.form(); err != nil {
		return err
	}

	f := wordsForm{typedText(c.sent.Get("stop")), typedText(c.sent.Get("start"))}

	return h.change(c, "words-saved", func(v *settingsView) { v.Words = f }, func(seen settings.Seen) error {
		_, err := h.Workspace.PutKeywords(c.ctx(), c.caller, c.accountID(), consent.Words{Stop: linesOf(f.Stop), Start: linesOf(f.Start)}, seen)
		return err
	})
}

// linesOf returns the lines of a text that are not empty, without blanks around.
func linesOf(text string) []string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}

	return slices.DeleteFunc(lines, func(line string) bool { return line == "" })
}

func (h *handler) saveReclassed(c *call) error {
	if err := c.form(); err != nil {
		return err
	}

	to := account.Reclassed(c.sent.Get("reclassed"))

	return h.change(c, "reclassed-saved", func(v *settingsView) { v.Reclassed = to }, func(seen settings.Seen) error {
		_, err := h.Workspace.PutCategoryChanges(c.ctx(), c.caller, c.accountID(), to, seen)
		return err
	})
}

// profileForm is what the platform sets of an account. Limits are in units of the currency.
type profileForm struct {
	Slug, Name, TimeZone string
	ConsentMode          account.ConsentMode
	// By and Text are the declaration's.
	By, Text   string
	PortalLink string
	// Markup is a percentage.
	Markup                   string
	DailyLimit, MonthlyLimit string
}

func profileFormOf(a account.Account) profileForm {
	f := profileForm{
		Slug:         a.Slug,
		Name:         a.Name,
		TimeZone:     a.TimeZone,
		ConsentMode:  a.ConsentMode,
		PortalLink:   a.PortalLink,
		Markup:       percent(a.MarkupBasisPoints),
		DailyLimit:   unitsOf(a.Limits.DailyMicros),
		MonthlyLimit: unitsOf(a.Limits.MonthlyMicros),
	}
	if a.Declaration != nil {
		f.By, f.Text = a.Declaration.By, a.Declaration.Text
	}

	return f
}

// percent writes hundredths of a percent as a percentage, and unitsOf micro-units as units: both with as many digits as there are.
func percent(basisPoints int) string { return decimal(int64(basisPoints), 2) }

func unitsOf(micros int64) string {
	if micros == 0 {
		return ""
	}

	return decimal(micros, 6)
}

// decimal writes a number of so many digits behind the point.
func decimal(n int64, digits int) string {
	text := strconv.FormatInt(n, 10)
	for len(text) <= digits {
		text = "0" + text
	}

	whole, rest := text[:len(text)-digits], strings.TrimRight(text[len(text)-digits:], "0")
	if rest == "" {
		return whole
	}

	return whole + "." + rest
}

// grouped is a number whose whole part is divided by commas, by thousands or as in India: 1,500 or 12,34,567. A comma in any other place may be meant
// as a decimal one.
var grouped = regexp.MustCompile(`^[0-9]{1,3}(,[0-9]{2,3})*,[0-9]{3}(\.[0-9]*)?$`)

// fixed reads a number with at most so many digits behind the point, exactly; an empty text is 0.
func fixed(text string, digits int) (int64, bool) {
	text = strings.TrimSpace(text)
	if grouped.MatchString(text) {
		text = strings.ReplaceAll(text, ",", "")
	}

	whole, rest, _ := strings.Cut(text, ".")
	if whole == "" && rest == "" {
		return 0, text == ""
	}

	padded := rest + strings.Repeat("0", max(digits-len(rest), 0))
	n, err := strconv.ParseInt(whole+padded, 10, 64)

	return n, err == nil && len(rest) <= digits && n >= 0 && !strings.HasPrefix(whole, "+")
}

func (h *handler) saveProfile(c *call) error {
	if err := c.form(); err != nil {
		return err
	}

	f := profileForm{
		Slug:         c.sent.Get("slug"),
		Name:         c.sent.Get("name"),
		TimeZone:     c.sent.Get("timeZone"),
		ConsentMode:  account.ConsentMode(c.sent.Get("consentMode")),
		By:           c.sent.Get("declaration.by"),
		Text:         typedText(c.sent.Get("declaration.text")),
		PortalLink:   c.sent.Get("portalLink"),
		Markup:       c.sent.Get("markupBasisPoints"),
		DailyLimit:   c.sent.Get("dailyLimitMicros"),
		MonthlyLimit: c.sent.Get("monthlyLimitMicros"),
	}

	return h.change(c, "account-saved", func(v *settingsView) { v.Profile = f }, func(seen settings.Seen) error {
		in, err := f.input()
		if err != nil {
			return err
		}

		_, _, err = h.Workspace.PutAccount(c.ctx(), c.caller, c.accountID(), in, seen)

		return err
	})
}

// input returns what was typed as the use case takes it.
func (f profileForm) input() (settings.AccountInput, error) {
	markup, okMarkup := fixed(f.Markup, 2)
	daily, okDaily := fixed(f.DailyLimit, 6)
	monthly, okMonthly := fixed(f.MonthlyLimit, 6)

	switch {
	case !okMarkup || markup > math.MaxInt32:
		return settings.AccountInput{}, fault.Field("markupBasisPoints", "must be a percentage such as 2.5, with a point")
	case !okDaily:
		return settings.AccountInput{}, fault.Field("dailyLimitMicros", "must be an amount such as 1500, or empty for no limit")
	case !okMonthly:
		return settings.AccountInput{}, fault.Field("monthlyLimitMicros", "must be an amount such as 1500, or empty for no limit")
	}

	in := settings.AccountInput{
		Slug:              f.Slug,
		Name:              f.Name,
		TimeZone:          f.TimeZone,
		ConsentMode:       f.ConsentMode,
		PortalLink:        f.PortalLink,
		MarkupBasisPoints: int(markup),
		Limits:            account.Limits{DailyMicros: daily, MonthlyMicros: monthly},
	}
	if f.ConsentMode == account.BrandDeclared {
		in.Declaration = &settings.DeclarationInput{By: f.By, Text: f.Text}
	}

	return in, nil
}
