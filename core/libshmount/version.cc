// SPDX-License-Identifier: Apache-2.0
#include <shmount/shmount.h>

namespace libshmount {

const char* Version() noexcept { return SHMOUNT_VERSION; }

}  // namespace libshmount
