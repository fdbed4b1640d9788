package catalogue

import (
	"slices"

	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/service/activation"
	"github.com/plugfest/plugfest/phone/service/afc"
	"github.com/plugfest/plugfest/phone/service/backup"
	"github.com/plugfest/plugfest/phone/service/carkit"
	"github.com/plugfest/plugfest/phone/service/companion"
	"github.com/plugfest/plugfest/phone/service/configuration"
	"github.com/plugfest/plugfest/phone/service/crashreport"
	"github.com/plugfest/plugfest/phone/service/diagnostics"
	"github.com/plugfest/plugfest/phone/service/filerelay"
	"github.com/plugfest/plugfest/phone/service/heartbeat"
	"github.com/plugfest/plugfest/phone/service/housearrest"
	"github.com/plugfest/plugfest/phone/service/imagemounter"
	"github.com/plugfest/plugfest/phone/service/installation"
	"github.com/plugfest/plugfest/phone/service/location"
	"github.com/plugfest/plugfest/phone/service/misagent"
	"github.com/plugfest/plugfest/phone/service/notification"
	"github.com/plugfest/plugfest/phone/service/ostrace"
	"github.com/plugfest/plugfest/phone/service/pcap"
	"github.com/plugfest/plugfest/phone/service/screenshot"
	"github.com/plugfest/plugfest/phone/service/springboard"
	"github.com/plugfest/plugfest/phone/service/syslog"
	"github.com/plugfest/plugfest/phone/service/zipconduit"
)

// Services returns all services, those that hosts use most first.
func Services() []service.Service {
	return slices.Concat(
		notification.Services(),
		[]service.Service{afc.Service(), syslog.Service()},
		diagnostics.Services(),
		[]service.Service{
			installation.Service(),
			zipconduit.Service(),
			heartbeat.Service(),
			springboard.Service(),
			screenshot.Service(),
			location.Service(),
			crashreport.Service(),
			afc.CrashReports(),
			housearrest.Service(),
			imagemounter.Service(),
			misagent.Service(),
			ostrace.Service(),
			pcap.Service(),
			companion.Service(),
			carkit.Service(),
			activation.Service(),
			configuration.Service(),
			filerelay.Service(),
		},
		backup.Services(),
	)
}

// Find returns the service of that name, nil if there is none.
func Find(name string) *service.Service {
	for _, s := range Services() {
		if s.Name == name {
			return &s
		}
	}
	return nil
}
