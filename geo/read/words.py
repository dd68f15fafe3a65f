"""The words planners and OpenStreetMap use for our enumerated values."""

from __future__ import annotations

from collections.abc import Mapping

Words = Mapping[str, str]


def _words(**groups: str) -> Words:
    """Turn ``value = "word word"`` into word -> value; every value also stands for itself."""
    return {word: value for value, text in groups.items() for word in (value, *text.split())}


TIERS = _words(
    subdistrict="街道 街道级 街道中心 街道党群服务中心 街镇 镇街 镇 街道（镇） 街道(镇) 街道级中心 镇街级 一级",
    community="社区 社区级 社区中心 社区站 社区党群服务中心 社区党群服务站 居委 居民区 村 村居 社区(村) 二级",
    emerging="新兴领域 新兴领域级 两新 两新组织 新兴领域党群服务站 新兴领域站 楼宇 园区 商圈 三级 "
    "楼宇站 园区站 商圈站 楼宇党群服务站 园区党群服务站",
)
STATUSES = _words(
    planned="规划 规划中 拟建 计划 待建 筹建 未建",
    building="在建 建设中 装修 装修中 施工 施工中 改造中",
    open="启用 已启用 运营 运营中 在用 使用中 正常 开放 已建成 建成 已开放 投入使用",
    closed="停用 已停用 关闭 已关闭 撤销 撤并 暂停 停止使用 废弃 拆除",
)
ACCESS_SCOPES = _words(
    public="公众开放 公众 对外开放 面向公众 面向社会 全部 所有人 不限 向社会开放 全体 开放",
    building="楼内开放 楼内 仅楼内 本楼 楼宇内 大厦内 租户 园区内 园区内开放 仅园区",
    members="组织内 内部 党员 仅党员 组织成员 组织内开放 不对外 不开放 内部使用",
)
HOST_KINDS = _words(
    tower="楼宇 写字楼 商务楼宇 商务楼 大厦 办公楼 商厦",
    park="园区 产业园 产业园区 工业园 工业园区 科技园 科技园区 孵化器 创意园",
    commercial="商圈 商场 商业综合体 综合体 专业市场 市场 商业街 购物中心",
    compound="小区 住宅小区 居民小区 大院 单位大院 校园 院落",
    standalone="独立 独立用房 独立建筑 独栋 单独建设 独立建设 驿站",
    other="其他 其它",
)
USES = _words(
    residential="住宅 居住 公寓 宿舍 民居 民房 居民楼 住宅楼 别墅 自建房 农房 商住 住宅用地 居住建筑 村宅 "
    "apartments house detached semidetached_house terrace dormitory bungalow villa houseboat static_caravan "
    "cabin farm ger residential;yes apartment flats",
    office="办公 写字楼 商务 商务办公 办公楼 商务楼 楼宇 offices office;yes",
    commercial="商业 商场 零售 酒店 宾馆 餐饮 市场 商铺 商业服务 商服 娱乐 retail supermarket kiosk hotel mall "
    "shop store restaurant bank cinema marketplace",
    industrial="工业 厂房 仓储 仓库 工厂 物流 warehouse factory manufacture works storage_tank depot hangar",
    public="公共 公共服务 公建 教育 学校 幼儿园 医院 医疗 卫生 行政 政府 机关 文化 体育 科研 养老 社会福利 "
    "交通 宗教 school kindergarten university college hospital clinic civic government museum library "
    "church cathedral chapel mosque temple synagogue shrine monastery religious train_station transportation "
    "sports_hall sports_centre stadium grandstand fire_station police townhall post_office theatre "
    "public;yes pavilion embassy community_centre",
    other="其他 其它 市政 设施 附属 车库 配套 garage garages carport parking roof shed hut barn greenhouse service "
    "farm_auxiliary stable sty cowshed transformer_tower water_tower bunker ruins construction toilets "
    "swimming_pool bridge silo tower gate outbuilding",
)
BARRIER_KINDS = _words(
    water="水域 水系 河流 河 河道 湖泊 湖 江 水面 水库 river riverbank lake canal stream dock basin pond reservoir sea "
    "swimming_pool fountain",
    railway="铁路 铁道 轨道 rail railways light_rail",
    motorway="高速 高速公路 快速路 高架 主干路 城市快速路 trunk expressway highway",
    wall="围墙 墙 围栏 栅栏 隔离栏 护栏 封闭围墙 fence hedge city_wall retaining_wall guard_rail",
    gate="大门 门 门禁 闸口",
)
CORRECTION_KINDS = _words(
    gate="大门 门 院门 出入口 开口 门洞 现有大门",
    passage="通道 通行 可通行 增加 新增 打通 连通 人行通道 add open",
    closure="封闭 不通 不可通行 断开 关闭 删除 封堵 close closed cut remove",
)
LINK_KINDS = _words(
    gate="大门 门 院门 出入口 开口 门洞 增开出入口 小区门 校门",
    crossing="过街 斑马线 人行横道 过街通道 平面过街 路口 过街设施",
    footbridge="天桥 人行天桥 过街天桥 步行桥 人行桥 桥 跨线桥 连廊",
)
