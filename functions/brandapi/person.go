package brandapi

import (
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// person is a shopper as contract 2.4 has it.
type person struct {
	// ID is a keyed hash: it names the shopper and tells nothing.
	ID          string `json:"id"`
	DisplayName string `json:"displayName"`
	FirstName   string `json:"firstName"`
	LastName    string `json:"lastName"`
	OrdersCount int    `json:"ordersCount"`
	// TotalSpent is money as text, "1000.00".
	TotalSpent     string               `json:"totalSpent"`
	CurrencyCode   string               `json:"currencyCode"`
	DefaultAddress *address             `json:"defaultAddress"`
	Email          string               `json:"email"`
	LastOrder      *businessonbot.Order `json:"lastOrder"`
}

// address is a shopper's, which is shown only where the configuration says so.
type address struct {
	ID           string  `json:"id"`
	CustomerID   string  `json:"customer_id"`
	FirstName    string  `json:"first_name"`
	LastName     string  `json:"last_name"`
	Address1     string  `json:"address1"`
	Address2     string  `json:"address2"`
	City         string  `json:"city"`
	Province     string  `json:"province"`
	Country      *string `json:"country"`
	Zip          *string `json:"zip"`
	Phone        string  `json:"phone"`
	Name         string  `json:"name"`
	ProvinceCode string  `json:"province_code"`
	CountryCode  string  `json:"country_code"`
	CountryName  *string `json:"country_name"`
	Default      bool    `json:"default"`
}

// object is the order as BusinessOnBot knows orders. Of one that the bot has cancelled we know why and when.
func (k *known) object() businessonbot.Order {
	o := k.Object(k.phone())
	if r := k.request; o.CancelReason != nil && !r.PublishedAt.IsZero() {
		o.CancelReason, o.CancelledAt = reasonOf(r), momentOf(r)
	}
	return o
}

// reasonOf is why an order was cancelled: in the shopper's words, if there are any.
func reasonOf(r store.CancelRequest) *string {
	reason := "other"
	if r.Reason != "" {
		reason = r.Reason
	}
	return &reason
}

func momentOf(r store.CancelRequest) *string {
	at := r.RequestedAt.UTC().Format(time.RFC3339)
	return &at
}

// phone is the shopper's number in E.164; empty if it cannot be read.
func (k *known) phone() string {
	n, err := phone.Parse(k.Phone, k.Region)
	if err != nil {
		return ""
	}
	return n.E164()
}

func personFrom(k known, showAddress bool) person {
	given, family, _ := strings.Cut(strings.Join(strings.Fields(k.Name), " "), " ")
	last := k.object()
	p := person{
		DisplayName: k.Name, FirstName: given, LastName: family, CurrencyCode: last.CurrencyCode, Email: k.Email, LastOrder: &last,
	}
	if showAddress {
		a := last.ShippingAddress
		p.DefaultAddress = &address{
			FirstName: given, LastName: family, Address1: a.Address1, Address2: a.Address2, City: a.City, Province: a.Province,
			Country: a.Country, Zip: a.Zip, Phone: a.Phone, Name: a.Name, CountryCode: strings.ToUpper(k.Address.CountryCode),
			CountryName: a.Country, Default: true,
		}
	} else {
		last.ShippingAddress.Address1, last.ShippingAddress.Address2 = "", ""
	}
	return p
}
