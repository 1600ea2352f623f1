package console

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// ageView is a length of time as a form has it.
type ageView struct{ Number, Unit string }

// ageUnits are the units of a form, the largest first.
var ageUnits = []struct {
	Name string
	Is   time.Duration
}{{"days", 24 * time.Hour}, {"hours", time.Hour}, {"minutes", time.Minute}, {"seconds", time.Second}}

// ageOf returns a length of time in the largest unit that it is whole in.
func ageOf(d time.Duration) ageView {
	for _, u := range ageUnits {
		if d > 0 && d%u.Is == 0 {
			return ageView{strconv.FormatInt(int64(d/u.Is), 10), u.Name}
		}
	}

	return ageView{"", "hours"}
}

// ageIn returns the length of time of a form.
func ageIn(sent url.Values) ageView {
	if !sent.Has("age") {
		return ageView{}
	}

	return ageView{strings.TrimSpace(sent.Get("age")), sent.Get("ageUnit")}
}

// duration returns the length of time; one below zero for what is none, which no limit has.
func (a ageView) duration() time.Duration {
	const most = 1_000_000

	if a.Number == "" {
		return 0
	}

	n, err := strconv.ParseInt(a.Number, 10, 64)
	if err != nil || n < 1 || n > most {
		return -1
	}

	for _, u := range ageUnits {
		if u.Name == a.Unit {
			return time.Duration(n) * u.Is
		}
	}

	return -1
}

// ownText is the choice of a text of the brand's own in the place of a variable.
const ownText = "text"

// mostPlaces is how many placeholders a form is read for.
const mostPlaces = 101

// contentIn returns the template of a form and what fills it; nil if none is chosen. fresh says that another template was chosen than the one
// whose placeholders the form shows, so that nothing is filled yet.
func contentIn(sent url.Values) (content *account.Content, fresh bool) {
	id := sent.Get("template")
	if id == "" {
		return nil, false
	}

	content = &account.Content{TemplateID: id}
	if sent.Get("mapped") != id {
		return content, true
	}

	f := &content.Filling
	f.Place(placesIn(sent))
	f.CopyCode = valueIn(sent, "copyCode")
	f.Media = template.Media{
		Link:      valueIn(sent, "mediaLink"),
		ID:        strings.TrimSpace(sent.Get("mediaId")),
		Filename:  strings.TrimSpace(sent.Get("mediaFilename")),
		Latitude:  strings.TrimSpace(sent.Get("mediaLatitude")),
		Longitude: strings.TrimSpace(sent.Get("mediaLongitude")),
		Name:      strings.TrimSpace(sent.Get("mediaName")),
		Address:   strings.TrimSpace(sent.Get("mediaAddress")),
	}
	f.Actions = actionsIn(sent)

	if part := sent.Get("paymentPart"); part != "" {
		f.Payment = template.Payment{
			Part:          template.PaymentPart(part),
			Reference:     sent.Get("paymentReference"),
			Description:   valueIn(sent, "paymentDescription"),
			Goods:         sent.Get("paymentGoods"),
			Type:          strings.TrimSpace(sent.Get("paymentType")),
			Configuration: strings.TrimSpace(sent.Get("paymentConfiguration")),
			Settings:      strings.TrimSpace(sent.Get("paymentSettings")),
		}
	}

	return content, false
}

// placesIn returns what fills the placeholders, in their order.
func placesIn(sent url.Values) []template.Placeholder {
	var all []template.Placeholder

	for i := range mostPlaces {
		name := fmt.Sprintf("value-%d", i)
		if !sent.Has(name + ".choice") {
			break
		}

		all = append(all, template.Placeholder{Name: sent.Get(name + ".name"), Value: valueIn(sent, name)})
	}

	return all
}

// valueIn returns a variable or a text of a form.
func valueIn(sent url.Values, name string) template.Value {
	if choice := sent.Get(name + ".choice"); choice != "" && choice != ownText {
		return template.Value{Variable: choice}
	}

	return template.Value{Text: sent.Get(name + ".text")}
}

// actionsIn returns what taps on buttons ask for; nil if each button's label says it.
func actionsIn(sent url.Values) []string {
	const most = 20

	var actions []string

	for i := range most {
		action := sent.Get(fmt.Sprintf("action-%d", i))
		if action == "" {
			continue
		}

		for len(actions) < i {
			actions = append(actions, "")
		}

		actions = append(actions, action)
	}

	return actions
}
