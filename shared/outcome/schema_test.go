package outcome_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

// column is one of the table that outcomes are written to.
type column struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Mode        string `json:"mode"`
	Description string `json:"description"`
}

// columns reads the table's schema, which Terraform makes the table of.
func columns(tb testing.TB) []column {
	tb.Helper()
	text, err := os.ReadFile("../../terraform/outcomes.schema.json")
	if err != nil {
		tb.Fatal(err)
	}
	in := json.NewDecoder(bytes.NewReader(text))
	in.DisallowUnknownFields()
	var all []column
	if err := in.Decode(&all); err != nil {
		tb.Fatal(err)
	}

	return all
}

// columnsOf returns the columns of a struct's fields. What may be left out of the JSON is nullable: BigQuery refuses a row without a value in a
// column that is required.
func columnsOf(t reflect.Type, optional bool) []column {
	var all []column
	for f := range t.Fields() {
		if f.Anonymous {
			all = append(all, columnsOf(f.Type.Elem(), true)...)
			continue
		}
		name, option, _ := strings.Cut(f.Tag.Get("json"), ",")
		c := column{Name: name, Type: typeOf(f.Type), Mode: "REQUIRED"}
		if optional || option != "" {
			c.Mode = "NULLABLE"
		}
		all = append(all, c)
	}

	return all
}

func typeOf(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return "TIMESTAMP"
	case t.Kind() == reflect.Pointer:
		return typeOf(t.Elem())
	case t.Kind() == reflect.String:
		return "STRING"
	case t.Kind() == reflect.Bool:
		return "BOOLEAN"
	case t.Kind() == reflect.Int || t.Kind() == reflect.Int64:
		return "INTEGER"
	default:
		return "no column for " + t.String() // a float among them: money is none
	}
}

// TestSchema holds the table's columns to what is published: names, types, modes and order.
func TestSchema(t *testing.T) {
	t.Parallel()
	got := columns(t)
	for i, c := range got {
		if len(c.Description) < len("The account.") {
			t.Errorf("column %s is not described", c.Name)
		}
		got[i].Description = ""
	}
	if diff := cmp.Diff(columnsOf(outcome.EndingType, false), got); diff != "" {
		t.Errorf("terraform/outcomes.schema.json is not as what is published (-struct +file):\n%s", diff)
	}
}

// fits returns an error if a published outcome does not fit the table: BigQuery would refuse the row.
func fits(data []byte, table []column) error {
	in := json.NewDecoder(bytes.NewReader(data))
	in.UseNumber()
	var row map[string]any
	if err := in.Decode(&row); err != nil {
		return err
	}

	var problems []error
	for _, c := range table {
		value, there := row[c.Name]
		delete(row, c.Name)
		if !there && c.Mode == "REQUIRED" {
			problems = append(problems, fmt.Errorf("no value in %s", c.Name))
		}
		if there && !isOf(value, c.Type) {
			problems = append(problems, fmt.Errorf("%v in %s, which is %s", value, c.Name, c.Type))
		}
	}
	for name := range row {
		problems = append(problems, fmt.Errorf("no column for %s", name))
	}

	return errors.Join(problems...)
}

func isOf(value any, kind string) bool {
	switch v := value.(type) {
	case string:
		_, err := time.Parse("2006-01-02T15:04:05.999999Z07:00", v)
		_, fraction, _ := strings.Cut(v, ".")
		return kind == "STRING" || kind == "TIMESTAMP" && err == nil && len(fraction) <= len("000000Z")
	case bool:
		return kind == "BOOLEAN"
	case json.Number:
		_, err := v.Int64()
		return kind == "INTEGER" && err == nil
	default:
		return false
	}
}

// TestUnfit has the check find what BigQuery would refuse.
func TestUnfit(t *testing.T) {
	t.Parallel()
	table := []column{{Name: "at", Type: "TIMESTAMP", Mode: "REQUIRED"}, {Name: "n", Type: "INTEGER", Mode: "NULLABLE"}}
	for row, want := range map[string]string{
		`{"at":"2026-11-20T04:50:12.123456Z"}`:    "",
		`{"at":"2026-11-20T04:50:12.123456789Z"}`: "at",
		`{"n":1}`:                                      "no value in at",
		`{"at":"2026-11-20T04:50:12Z","n":1.5}`:        "1.5 in n",
		`{"at":"2026-11-20T04:50:12Z","n":null}`:       "in n",
		`{"at":"2026-11-20T04:50:12Z","other":"text"}`: "no column for other",
	} {
		err := fits([]byte(row), table)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", row, err, want)
		}
	}
}

// paid gives a message that was delivered through the platform's app an estimate, and the provider's word if there is one.
func paid(word message.Pricing) func(*message.Message) {
	return func(m *message.Message) {
		about(m)
		m.Ownership, m.Phone = message.Platform, rig.Shopper
		m.Attempts["1"] = message.Attempt{Rank: message.RankDelivered, At: map[string]int64{"delivered": chargedAt.UnixMilli()}}
		m.Estimate = message.Estimate{Category: "utility", Micros: 126_500, Currency: "INR", Card: billing.India().Version, MarkupBasisPoints: 1_000}
		if word.Known {
			m.Pricing = map[string]message.Pricing{"1.billing": word}
		}
	}
}

// chargedAt is on a day that the card has, which the product brings along.
var chargedAt = time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC)

// told is a provider's word that it charges.
var told = message.Pricing{Known: true, Billable: true, Type: "regular", Category: "utility", At: chargedAt.UnixMilli()}

// TestEndingHasItsCharge tells what a message was expected to cost, and what it costs as of the outcome, in whole millionths.
func TestEndingHasItsCharge(t *testing.T) {
	t.Parallel()
	free := message.Pricing{Known: true, Type: "free_customer_service", Category: "utility", At: chargedAt.UnixMilli()}
	estimate := `"estimateCategory":"utility","estimateMicros":126500,"estimateCurrency":"INR","estimateCard":"meta-inr-in-2026q4"`

	for name, tt := range map[string]struct {
		change func(*message.Message)
		want   string
	}{
		"charged": {paid(told), estimate + `,"chargeBasis":"provider","chargeBillable":true,"chargeType":"regular","chargeCategory":"utility","chargeMicros":126500,"chargeCurrency":"INR","chargeCard":"meta-inr-in-2026q4"}`},
		"free":    {paid(free), estimate + `,"chargeBasis":"free","chargeBillable":false,"chargeType":"free_customer_service","chargeCategory":"utility","chargeMicros":0}`},
		"untold":  {paid(message.Pricing{}), estimate + `,"chargeBasis":"untold","chargeCategory":"utility","chargeMicros":126500,"chargeCurrency":"INR","chargeCard":"meta-inr-in-2026q4"}`},
		"own_app": {
			func(m *message.Message) {
				paid(told)(m)
				m.Ownership, m.Estimate = message.Client, message.Estimate{Category: "utility", Currency: "INR"}
			},
			`"estimateCategory":"utility","estimateMicros":0,"estimateCurrency":"INR","chargeBasis":"provider","chargeBillable":true,"chargeType":"regular","chargeCategory":"utility","chargeMicros":0}`,
		},
		"failed": {
			func(m *message.Message) {
				paid(message.Pricing{})(m)
				m.Phase = message.Failed
				m.Attempts["1"] = message.Attempt{Rank: message.RankFailed, At: map[string]int64{"failed": chargedAt.UnixMilli()}}
			}, estimate + "}",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.Must(again(b, b.claimed(tt.change)))
			b.endings() // each fits the table

			if data := string(b.Published(world.MessageOutcomes)[0].GetData()); !strings.HasSuffix(data, tt.want) {
				t.Errorf("got %s, want at its end %s", data, tt.want)
			}
		})
	}
}

// noCards is a store whose rate cards cannot be read.
type noCards struct{ *store.Store }

func (noCards) RateCards(context.Context) ([]store.RateCard, error) { return nil, errors.New("down") }

// TestEndingWithoutCards is told without a charge while no rate card can be read.
func TestEndingWithoutCards(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	options := settings.Options{Clock: b.Clock, Timeout: time.Minute}
	accounts := settings.NewAccounts(noCards{b.Parts.Store}, options)
	f := testkit.Function(t, b.Cloud, b.Clock, b.Logs, nil)
	topics := wire.OutcomeTopics{Activity: world.CustomerNotifications, Endings: world.MessageOutcomes}
	b.recorder = wire.Outcomes(f, b.Parts.Store, settings.NewApps(options, settings.Deps{Accounts: accounts, Providers: b.Parts.Providers}),
		wire.Queue(f, config.Project{ID: world.Project}), topics)

	b.Must(again(b, b.claimed(paid(told))))
	got := b.endings()
	if len(got) != 1 || got[0]["estimateMicros"] != 126500.0 || got[0]["chargeBasis"] != nil {
		t.Errorf("got %v, want one outcome with its estimate alone", got)
	}
}

// TestEndingsReadNothing has outcomes read rate cards once, and nothing else for their charges.
func TestEndingsReadNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m := b.claimed(paid(told))
	b.Must(again(b, m))

	before := b.Cloud.Firestore().Counts().Reads
	for range 5 {
		b.Must(again(b, m))
	}
	if reads := b.Cloud.Firestore().Counts().Reads - before; reads != 0 {
		t.Errorf("got %d reads for five outcomes, want none", reads)
	}
}

// TestEndingIsNoFinerThanTheTable tells times in whole microseconds.
func TestEndingIsNoFinerThanTheTable(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m := b.claimed(about)
	m.CreatedAt, m.Grounds.At = rig.Start.Add(1234567*time.Nanosecond), 0
	b.Must(refusedAgain(b, m))
	if got, want := b.endings()[0]["at"], rig.Start.Add(1234*time.Microsecond).UTC().Format(time.RFC3339Nano); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}
