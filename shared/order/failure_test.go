package order_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

func TestParseResolutions(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		line string
		want order.Item
	}{
		"offered":          {`"ndrDetails":{"resolutions":[{"resolutionCode":"actf001","action":"x"},{"resolutionCode":" ACTF003 "}]}`, order.Item{Resolutions: []string{"ACTF001", "ACTF003"}}},
		"bare_codes":       {`"ndrDetails":{"resolutions":["ACTF001",null,[],{}]}`, order.Item{Resolutions: []string{"ACTF001"}}},
		"one_object":       {`"ndrDetails":{"resolutions":{"resolutionCode":"ACTF002"}}`, order.Item{Resolutions: []string{"ACTF002"}}},
		"none_offered":     {`"ndrDetails":{"resolutions":null,"reason":"x"}`, order.Item{FailureReason: "x"}},
		"no_action":        {`"ndrResolutionDetails":{}`, order.Item{}},
		"null":             {`"ndrResolutionDetails":null`, order.Item{}},
		"text":             {`"ndrResolutionDetails":"x"`, order.Item{}},
		"empty_list":       {`"ndrResolutionDetails":[{},null]`, order.Item{}},
		"keys_only":        {`"ndrResolutionDetails":{"resolutionCode":"","remarks":null}`, order.Item{}},
		"action":           {`"ndrResolutionDetails":{"resolutionCode":"actf002","deferredDate":"2024-02-20"}`, order.Item{Resolved: true, ResolutionCode: "ACTF002"}},
		"action_in_a_list": {`"ndrResolutionDetails":[{"resolutionCode":"ACTF001"},{"resolutionCode":"ACTF003"}]`, order.Item{Resolved: true, ResolutionCode: "ACTF003"}},
		"action_unnamed":   {`"ndrResolutionDetails":{"remarks":"asked again"}`, order.Item{Resolved: true}},
		"action_nested":    {`"ndrResolutionDetails":{"shippingDetails":{"name":"x"}}`, order.Item{Resolved: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := parseOrder(t, `{"items":[{`+tt.line+`}]}`)
			if diff := cmp.Diff([]order.Item{tt.want}, got.Items); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFailure(t *testing.T) {
	t.Parallel()
	const text = `{"items":[
		{"latestStatus":"Failed_Delivery","forwardTrackingTimeline":{"trackingID":"T1"},"ndrDetails":{"resolutions":["ACTF001","ACTF002"]}},
		{"latestStatus":"failed_delivery","forwardTrackingTimeline":{"trackingID":"T1"},"ndrDetails":{"resolutions":["ACTF002","ACTF003"]}},
		{"latestStatus":"intransit","forwardTrackingTimeline":{"trackingID":"T1"},"ndrDetails":{"resolutions":["ACTF004"]}},
		{"latestStatus":"ndr_resolution_submitted","forwardTrackingTimeline":{"trackingID":"T2"},"ndrDetails":{"resolutions":["ACTF004"]},"ndrResolutionDetails":{"resolutionCode":"ACTF004"}},
		{"latestStatus":"FAILED_DELIVERY","ndrDetails":{"resolutions":["ACTF001"]}}]}`
	codes := []string{"ACTF001", "ACTF002", "ACTF003"}
	for name, tt := range map[string]struct {
		text, tracking, shipment string
		want                     order.Failure
	}{
		"failed":            {text, "T1", "S1", order.Failure{Failed: true, TrackingID: "T1", Resolutions: codes}},
		"by_shipment":       {text, "", "T1", order.Failure{Failed: true, TrackingID: "T1", Resolutions: codes}},
		"resolved":          {text, "T2", "", order.Failure{TrackingID: "T2", Resolved: true, ResolutionCode: "ACTF004"}},
		"no_line_matches":   {text, "T9", "", order.Failure{Failed: true, TrackingID: "T1", Resolutions: codes, Resolved: true, ResolutionCode: "ACTF004"}},
		"nothing_given":     {strings.Replace(text, `"T2"`, `""`, 1), "", "", order.Failure{Failed: true, TrackingID: "T1", Resolutions: codes, Resolved: true, ResolutionCode: "ACTF004"}},
		"two_parcels_fail":  {strings.Replace(text, "ndr_resolution_submitted", "failed_delivery", 1), "T9", "", order.Failure{Failed: true, Resolutions: append(codes[:3:3], "ACTF004"), Resolved: true, ResolutionCode: "ACTF004"}},
		"two_parcels_moved": {strings.NewReplacer("Failed", "rto", "failed", "rto", "FAILED", "rto").Replace(text), "", "", order.Failure{Resolved: true, ResolutionCode: "ACTF004"}},
		"no_lines":          {`{}`, "T1", "", order.Failure{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := parseOrder(t, tt.text)
			if diff := cmp.Diff(tt.want, o.Failure(tt.tracking, tt.shipment)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestFailureOfFixture reads an order that the simulated platform has.
func TestFailureOfFixture(t *testing.T) {
	t.Parallel()
	o := parseOrder(t, string(readFile(t, ordersDir, "51230077.json")))
	e := parseFixture(t, "shipment-failed_delivery")
	want := order.Failure{Failed: true, TrackingID: e.TrackingID, Resolutions: []string{"ACTF001", "ACTF002", "ACTF003", "ACTF004"}}
	if diff := cmp.Diff(want, o.Failure(e.TrackingID, e.ShipmentID)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
