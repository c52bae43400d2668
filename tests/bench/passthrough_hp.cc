// SPDX-License-Identifier: Apache-2.0
// The example of libfuse, as it is.
#include PASSTHROUGH_HP  // NOLINT(bugprone-suspicious-include): as a whole
