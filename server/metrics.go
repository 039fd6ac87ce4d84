package server

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics counts what an operator needs to see. Labels are codes of ours, never
// an id, a name or a place.
type metrics struct {
	registry         *prometheus.Registry
	calls            *prometheus.CounterVec
	seconds          *prometheus.HistogramVec
	refusals         *prometheus.CounterVec
	quarantined      *prometheus.CounterVec
	followerFailures prometheus.Counter
	blocksSkipped    prometheus.Counter
	takenBack        prometheus.Counter
	differences      prometheus.Counter
	savesLost        prometheus.Counter
	scrubbed         prometheus.Counter
	damaged          prometheus.Gauge
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "raksa_calls_total", Help: "Calls of devices, by procedure and code.",
		}, []string{"procedure", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "raksa_call_seconds", Help: "How long a call took.",
		}, []string{"procedure"}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "raksa_refusals_total", Help: "Calls turned away before they reached a handler, by kind.",
		}, []string{"kind"}),
		quarantined: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "raksa_quarantined_total", Help: "Changes held back, by reason.",
		}, []string{"reason"}),
		followerFailures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "raksa_follower_failures_total", Help: "Times that the follower stopped early.",
		}),
		blocksSkipped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "raksa_blocks_skipped_total", Help: "Blocking keys passed over because too many records share them.",
		}),
		takenBack: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "raksa_taken_back_total", Help: "Changes that devices gave back to this office after it was restored.",
		}),
		differences: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "raksa_scope_differences_total", Help: "Comparisons in which a device and the office did not hold the same changes.",
		}),
	}
	m.scrubbed = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "raksa_scrubbed_items_total", Help: "Stored items that were read again and verified.",
	})
	m.damaged = prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "raksa_damaged_items", Help: "Stored items that no longer agree with their hash or checksum.",
	})
	m.savesLost = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "raksa_saves_lost_total", Help: "Saves that devices acknowledged and then lost, by their own account.",
	})
	m.registry.MustRegister(m.calls, m.seconds, m.refusals, m.quarantined, m.followerFailures, m.blocksSkipped, m.takenBack, m.savesLost, m.scrubbed, m.damaged, m.differences)
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
