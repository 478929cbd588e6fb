// What most programs use: populations, projections, DECOLLE and likelihood layers, networks, and encoders
// that make spikes. SuperSpike, competing units, data and io are included one by one: they compile long.
#pragma once
#include <neohebb/core/check.hpp>
#include <neohebb/core/columns.hpp>
#include <neohebb/core/parallel.hpp>
#include <neohebb/core/product.hpp>
#include <neohebb/core/random.hpp>
#include <neohebb/core/spikes.hpp>
#include <neohebb/core/types.hpp>
#include <neohebb/data/encoders.hpp>
#include <neohebb/layer/decolle.hpp>
#include <neohebb/layer/likelihood.hpp>
#include <neohebb/layer/report.hpp>
#include <neohebb/learning/affine.hpp>
#include <neohebb/learning/constraint.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/learning/loss.hpp>
#include <neohebb/learning/optimizer.hpp>
#include <neohebb/learning/prediction.hpp>
#include <neohebb/learning/readout.hpp>
#include <neohebb/learning/schedule.hpp>
#include <neohebb/learning/three_factor.hpp>
#include <neohebb/network/lsuv.hpp>
#include <neohebb/network/network.hpp>
#include <neohebb/network/parallel.hpp>
#include <neohebb/neuron/lif.hpp>
#include <neohebb/neuron/spike_likelihood.hpp>
#include <neohebb/neuron/srm.hpp>
#include <neohebb/neuron/surrogate.hpp>
#include <neohebb/projection/convolution.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/projection/frozen.hpp>
#include <neohebb/projection/with_recurrence.hpp>
#include <neohebb/trace/double_exponential.hpp>
#include <neohebb/trace/exponential.hpp>
#include <neohebb/trace/fir.hpp>
#include <neohebb/trace/sum.hpp>
#include <neohebb/version.hpp>

/// Spiking and Hebbian networks that learn by local rules. The guide is the front page.
namespace neohebb {}
