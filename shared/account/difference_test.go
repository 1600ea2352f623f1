package account

import (
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// TestChangesSince holds how each sort of setting is told that a change altered.
func TestChangesSince(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*Account)
		want   []Change
	}{
		"nothing": {func(*Account) {}, nil},
		"text":    {func(a *Account) { a.Name = "Neem" }, []Change{{"name", "Neem House", "Neem"}}},
		"new_text": {
			func(a *Account) { a.PortalLink = "https://neem.example.com" },
			[]Change{{"portalLink", nil, "https://neem.example.com"}},
		},
		"number":   {func(a *Account) { a.MarkupBasisPoints = 250 }, []Change{{"markupBasisPoints", nil, int64(250)}}},
		"duration": {func(a *Account) { a.MaxAge = time.Hour }, []Change{{"maxAge", nil, "1h0m0s"}}},
		"declaration": {
			func(a *Account) { a.Declaration = &Declaration{By: "Asha", At: noon, Text: "yes"} },
			[]Change{{"declaration.at", nil, noon}, {"declaration.by", nil, "Asha"}, {"declaration.text", nil, "yes"}},
		},
		"app": {func(a *Account) { delete(a.Apps, "bot") }, []Change{
			{"apps.bot.installedAt", noon.Add(time.Hour), nil}, {"apps.bot.ownership", "client", nil}, {"apps.bot.provider", "businessonbot", nil},
		}},
		"rate":          {app(func(a *App) { a.Rate = 2.5 }), []Change{{"apps.own.rate", nil, 2.5}}},
		"provider's_id": {app(func(a *App) { a.ProviderIDs = map[string]string{"appId": "x"} }), []Change{{"apps.own.providerIds.appId", nil, "x"}}},
		"credential":    {app(func(a *App) { a.Secret = "app-own-2" }), []Change{{"apps.own.secret", nil, nil}}},
		"health":        {app(func(a *App) { a.Health = Health{Reason: message.CauseBlocked} }), nil},
		"version":       {func(a *Account) { a.Version = 7 }, nil},
		"choice": {
			choose("own", map[string]Choice{failed: {Enabled: true, TemplateID: "t", Filling: template.Filling{Variables: []string{"brand", "sku"}}}}),
			[]Change{
				{"choices.own.shipment/failed_delivery.enabled", nil, true},
				{"choices.own.shipment/failed_delivery.filling.variables[0]", nil, "brand"},
				{"choices.own.shipment/failed_delivery.filling.variables[1]", nil, "sku"},
				{"choices.own.shipment/failed_delivery.template", nil, "t"},
			},
		},
		"sender": {send("bot"), []Change{{"sender", "own", "bot"}, {"senderChosen", false, true}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := house()
			before.Name = "Neem House"
			own := before.Apps["own"]
			own.Secret = "app-own"
			before.Apps["own"] = own
			after := edit(t, before, tt.change)
			if diff := cmp.Diff(tt.want, after.ChangesSince(before)); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
		})
	}
}

// app returns a change of the app that is the brand's own.
func app(change func(*App)) func(*Account) {
	return func(a *Account) {
		own := a.Apps["own"]
		change(&own)
		a.Apps["own"] = own
	}
}

// TestChangesOfTheOldForm tells of an account of the old form only what was changed, not that it has choices since.
func TestChangesOfTheOldForm(t *testing.T) {
	t.Parallel()
	old := house()
	old.Events = map[string]Event{failed: {Enabled: true, TemplateID: "t"}}
	after := edit(t, old, func(a *Account) {
		delete(a.Apps, "bot")
		a.Choices["own"][failed] = Choice{Enabled: true, TemplateID: "t2"}
	})
	if len(after.Choices) == 0 {
		t.Fatal("the account is of the old form still")
	}
	var got []string
	for _, c := range after.ChangesSince(old) {
		got = append(got, c.Path)
	}
	want := []string{"apps.bot.installedAt", "apps.bot.ownership", "apps.bot.provider", "choices.own.shipment/failed_delivery.template"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
}

// TestEverySettingIsToldOf holds that no field of an account is left out of what a change tells, apart from those that are no settings.
func TestEverySettingIsToldOf(t *testing.T) {
	t.Parallel()
	no := map[string]bool{"ID": true, "Version": true, "Events": true}
	fill := map[string]any{
		"Apps":        map[string]App{"a": {Provider: "meta"}},
		"Choices":     map[string]map[string]Choice{"a": {failed: {Enabled: true}}},
		"Declaration": &Declaration{Text: "yes"},
		"Keywords":    consent.Words{Stop: []string{"halt"}},
		"Limits":      Limits{DailyMicros: 1},
		"Quiet":       &QuietHours{Exempt: []string{failed}},
		"Unexpected":  &UnexpectedReplies{Text: "yes", Hours: &Hours{Days: []string{"monday"}}},
	}
	for i := range reflect.TypeFor[Account]().NumField() {
		var a Account
		f := reflect.TypeFor[Account]().Field(i)
		v := reflect.ValueOf(&a).Elem().Field(i)
		switch x := fill[f.Name]; {
		case x != nil:
			v.Set(reflect.ValueOf(x))
		case f.Type.Kind() == reflect.String:
			v.SetString("x")
		case f.Type.Kind() == reflect.Bool:
			v.SetBool(true)
		case v.CanInt():
			v.SetInt(1)
		case !no[f.Name]:
			t.Errorf("%s: the test does not know how to set it", f.Name)
		}
		if told := len(a.ChangesSince(Account{})) > 0; told == no[f.Name] {
			t.Errorf("%s: told %t", f.Name, told)
		}
	}
}
