// SPDX-License-Identifier: Apache-2.0
// The unchanged example of libfuse.
#include PASSTHROUGH_HP  // NOLINT(bugprone-suspicious-include): as a whole
